"""All that `tagyard` offers to components, in one flat list: each name is a promise, which tests/tagyard/test_face.py holds."""

from __future__ import annotations

from core.component import (
    LAST,
    Batch,
    Client,
    ClientExample,
    ClientSettings,
    Doubt,
    EventPart,
    ParameterSettings,
    Setup,
    Tag,
    TagExample,
    TagSettings,
    Transformation,
    TransformationExample,
    TransformationSettings,
    WholeFile,
    judge_by_status,
    undivided,
)
from core.context import Context, Scope
from core.expressions.values import text_of
from core.fields import Condition, ConsentType, Duration, KeyPath, Many, OpenTemplate, Size, Template
from core.grant import ClientCredentials, Grant, ServiceAccount
from core.lines import FileSet
from core.messages import Cluster, Login, Message, Messages, Tls
from core.parts import Parts
from core.paths import Paths
from core.secret import SealedText, Secret, fill
from core.settings import Shape, Steps
from core.types import (
    Claim,
    Declined,
    Delivered,
    Event,
    Finding,
    Geo,
    Headers,
    HeldBack,
    Line,
    Outbound,
    OutboundRequest,
    Outcome,
    Payload,
    Rejected,
    Reply,
    Request,
    Response,
    Retry,
    Rows,
    Skip,
    Upstream,
)
from core.undefined import UNDEFINED, Undefined
from core.url import Url
from wire.authorization import KeyFile, service_account
from wire.bodies import as_form, as_json
from wire.conversions.moment import micros
from wire.conversions.settings import Origin, Place
from wire.hashing import sha256
from wire.headers import header_text
from wire.identity.person import Person
from wire.own_data import own_data, own_parameters
from wire.replies import hit_reply

__all__ = [
    "LAST",
    "UNDEFINED",
    "Batch",
    "Claim",
    "Client",
    "ClientCredentials",
    "ClientExample",
    "ClientSettings",
    "Cluster",
    "Condition",
    "ConsentType",
    "Context",
    "Declined",
    "Delivered",
    "Doubt",
    "Duration",
    "Event",
    "EventPart",
    "FileSet",
    "Finding",
    "Geo",
    "Grant",
    "Headers",
    "HeldBack",
    "KeyFile",
    "KeyPath",
    "Line",
    "Login",
    "Many",
    "Message",
    "Messages",
    "OpenTemplate",
    "Origin",
    "Outbound",
    "OutboundRequest",
    "Outcome",
    "ParameterSettings",
    "Parts",
    "Paths",
    "Payload",
    "Person",
    "Place",
    "Rejected",
    "Reply",
    "Request",
    "Response",
    "Retry",
    "Rows",
    "Scope",
    "SealedText",
    "Secret",
    "ServiceAccount",
    "Setup",
    "Shape",
    "Size",
    "Skip",
    "Steps",
    "Tag",
    "TagExample",
    "TagSettings",
    "Template",
    "Tls",
    "Transformation",
    "TransformationExample",
    "TransformationSettings",
    "Undefined",
    "Upstream",
    "Url",
    "WholeFile",
    "as_form",
    "as_json",
    "fill",
    "header_text",
    "hit_reply",
    "judge_by_status",
    "micros",
    "own_data",
    "own_parameters",
    "service_account",
    "sha256",
    "text_of",
    "undivided",
]
