"""``python -m starwhale.cli``: swcli of this very interpreter."""

from __future__ import annotations

from starwhale.cli.main import main

if __name__ == "__main__":
    main()
