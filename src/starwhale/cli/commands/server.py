"""`swcli server`."""

from __future__ import annotations

from starwhale.cli.commands.server_data import add_data
from starwhale.cli.commands.server_process import add_process
from starwhale.cli.commands.server_upkeep import add_upkeep
from starwhale.cli.frame import Noun

server = Noun(name="server", aliases=("svr",), help="Run a Starwhale server on this machine.")
add_process(server)
add_upkeep(server)
add_data(server)
