"""Own simple pictures that stand beside a word, never alone: they are hidden from readers."""

from markupsafe import Markup

# Paths on a 24 x 24 field, drawn for this project.
PATHS = {
    "ok": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-1.4 14.6-4.2-4.2 1.6-1.6 2.6 2.6 5.4-5.4 "
    "1.6 1.6z",
    "warning": "M12 2 1 21h22zm-1.2 6h2.4v7h-2.4zm0 8.6h2.4V19h-2.4z",
    "stop": "M7.6 2h8.8L22 7.6v8.8L16.4 22H7.6L2 16.4V7.6zM6.5 10.7v2.6h11v-2.6z",
    "unknown": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-1.2 13.8h2.4V18h-2.4zm2.3-1.6h-2.2c0-3 "
    "2.5-3.2 2.5-5 0-.9-.7-1.4-1.5-1.4-.9 0-1.5.6-1.6 1.6H8c.1-2.2 1.7-3.6 4-3.6 2.1 0 3.8 "
    "1.2 3.8 3.3 0 2.6-2.7 2.9-2.7 5.1z",
    "clock": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2.4a7.6 7.6 0 1 1 0 15.2 7.6 7.6 0 0 1 "
    "0-15.2zM10.9 6.5v6l4.4 3.1 1.3-1.8-3.4-2.4V6.5z",
    "hold": "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM8.2 7.5h2.6v9H8.2zm5 0h2.6v9h-2.6z",
    "hot": "M10 2a3 3 0 0 1 3 3v8.1a5 5 0 1 1-6 0V5a3 3 0 0 1 3-3zm7 2 4 4.5h-2.7V14h-2.6V8.5H13z",
    "cold": "M10 2a3 3 0 0 1 3 3v8.1a5 5 0 1 1-6 0V5a3 3 0 0 1 3-3zm5.7 2h2.6v5.5H21L17 14l-4-4.5h"
    "2.7z",
    "door": "M5 2h14v20H5zm2.4 2.4v15.2h9.2V4.4zM13 11h2.2v3H13z",
    "power": "M13 2 4 14h6l-1 8 9-12h-6z",
    "silent": "m3.5 2 18.5 18.5-1.7 1.7-4.8-4.8H11l-5 4v-4H2V6.5L1.8 3.7zM7 4h15v13.4h-1.6z",
}


def icon(name: str) -> Markup:
    """Return the picture *name*; write the word that it stands for beside it."""
    return Markup(
        '<svg class="icon icon--{name}" viewBox="0 0 24 24" width="24" height="24" '
        'aria-hidden="true" focusable="false"><path fill="currentColor" fill-rule="evenodd" '
        'd="{path}"/></svg>'
    ).format(name=name, path=PATHS[name])
