# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
from scene import scene

from starwhale import dataset, init_logger

init_logger(3)

with dataset("scenes", create="empty") as ds:
    for number in range(1, 13):
        ds.append((f"scene-{number:02}", scene(number)))
    ds.info["source"] = {"made": "by hand"}
    version = ds.commit(tags=["first"], message="twelve scenes")
print(version)
