"""Where the kit is installed from: the one address that templates and docs name.

Until the first release there is no package to name, so they name the repository. `OWNER` is a
placeholder, which the user replaces. After the release, `REQUIREMENT` is the name alone.
"""

from __future__ import annotations

from conformance.version import __version__

#: The address of the repository.
PLACEHOLDER = "git+https://github.com/OWNER/media-conformance"
#: What pip installs now.
REQUIREMENT = f"media-conformance @ {PLACEHOLDER}"
#: What pip installs after the first release.
RELEASED = f"media-conformance=={__version__}"
#: What a user does with the placeholder.
ADVICE = f"replace OWNER in {PLACEHOLDER}; after the first release, install {RELEASED}"
