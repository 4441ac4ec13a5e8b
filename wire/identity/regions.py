"""The states of the USA and the provinces of Canada: their two letters by their names, small and without spaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TABLE: Final = """
al alabama | ak alaska | az arizona | ar arkansas | ca california | co colorado | ct connecticut | de delaware
fl florida | ga georgia | hi hawaii | id idaho | il illinois | in indiana | ia iowa | ks kansas | ky kentucky
la louisiana | me maine | md maryland | ma massachusetts | mi michigan | mn minnesota | ms mississippi | mo missouri
mt montana | ne nebraska | nv nevada | nh newhampshire | nj newjersey | nm newmexico | ny newyork | nc northcarolina
nd northdakota | oh ohio | ok oklahoma | or oregon | pa pennsylvania | ri rhodeisland | sc southcarolina
sd southdakota | tn tennessee | tx texas | ut utah | vt vermont | va virginia | wa washington | wv westvirginia
wi wisconsin | wy wyoming | dc districtofcolumbia | pr puertorico | gu guam | vi virginislands | as americansamoa
ab alberta | bc britishcolumbia | mb manitoba | nb newbrunswick | nl newfoundlandandlabrador | ns novascotia
on ontario | pe princeedwardisland | qc quebec | sk saskatchewan | nt northwestterritories | nu nunavut | yt yukon
"""

REGIONS: Final[Mapping[str, str]] = {
    name: code for line in _TABLE.split("\n") for code, name in (each.split() for each in line.split("|") if each.strip())
}
"""The two letters of a state or province by its name."""
