"""Final Cut Pro's Custom LUT: the id of a LUT, and the parameter that selects it, as in FCPXML.

Inferred from documents written by Final Cut (versions 10.6 to 11): the ids of four of their LUTs are reproduced. No
document of otiograde has been opened in Final Cut.
"""

from __future__ import annotations

import base64
import hashlib
import plistlib
import struct
from plistlib import UID
from typing import Any

#: The effect's id in Final Cut.
EFFECT = "FxPlug:14B39AEF-607D-42DF-98DD-DB3DD345E925"

#: The folder in ``~/Library/Application Support/ProApps/Custom LUTs`` that ``luts`` is copied to.
FOLDER = "otiograde"

_DIGITS = "*-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FLAGS = 4299161616

_PARAMETER = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE ozxmlscene>
<ozml version="5.14">

<factory id="1" uuid="4d0e48d84fca424d82aa98a027c6ec5c">
\t<description>Channel</description>
\t<manufacturer>Apple</manufacturer>
\t<version>1</version>
</factory>


<parameter name="LUT" id="3" flags="{flags}">
\t<flags>{flags}</flags>
\t<numberOfKeypoints>0</numberOfKeypoints>
\t<defaultVal>{default}</defaultVal>
\t<dataValue>{value}</dataValue>
</parameter>

</ozml>
"""


def lut_id(path: str) -> str:
    """Return Final Cut's id of the LUT at a path in Custom LUTs: MD5 of the path, each 32-bit word byte-reversed."""
    digest = hashlib.md5(path.encode("utf-16-le"), usedforsecurity=False).digest()
    return b"".join(digest[at : at + 4][::-1] for at in range(0, 16, 4)).hex()


def lut_value(path: str, name: str) -> str:
    """Return the ``value`` of the parameter LUT that selects the LUT at a path in the Custom LUTs folder."""
    text = _PARAMETER.format(flags=_FLAGS, default=_archive("None"), value=_archive(f"{lut_id(path)}:{name}"))
    return base64.b64encode(text.encode()).decode()


def oz_encode(data: bytes) -> str:
    """Encode bytes in base64 with Motion's alphabet and no padding."""
    bits = "".join(f"{byte:08b}" for byte in data)
    return "".join(_DIGITS[int(bits[at : at + 6].ljust(6, "0"), 2)] for at in range(0, len(bits), 6))


def _archive(reference: str) -> str:
    """Archive a reference to a LUT: a keyed archive inside a keyed archive, preceded by its length."""
    inner = _keyed({"Custom Data": UID(1)}, [reference])
    outer = _keyed({"BlindDataObject": UID(1), "DataIsLegacy": UID(2)}, [inner, False])
    return oz_encode(struct.pack(">Q", len(outer)) + b"\x2a" + outer)


def _keyed(top: dict[str, UID], objects: list[Any]) -> bytes:
    archive = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": top, "$objects": ["$null", *objects]}
    return plistlib.dumps(archive, fmt=plistlib.FMT_BINARY, sort_keys=False)
