"""`python -m tests.provision`: install the system parts that groups of tests need, when root.

Without root, or without apt, nothing happens here: the group is skipped and says why.
"""

import os
import shutil
import subprocess
import sys

from tests import groups

PACKAGES = {
    "postgres": ("postgresql",),
    "mosquitto": ("mosquitto",),
    "browser": ("chromium", "fonts-wqy-microhei", "libatomic1"),
}


def provision() -> int:
    """Install what is missing; return the exit code of the installation."""
    missing = [group for group in groups.faults() if group in PACKAGES]
    packages = [package for group in missing for package in PACKAGES[group]]
    if not packages or os.geteuid() != 0 or shutil.which("apt-get") is None:
        return 0
    print(f"Installing for the tests ({', '.join(missing)}): {' '.join(packages)}", flush=True)  # noqa: T201 - says to the person at the shell what happens
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (["apt-get", "update", "-q"], install):
        code = subprocess.run(command, env=environment).returncode
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(provision())
