"""What every component's settings share, and what they may say about the file they stand in.

A component is known by its ``Settings`` before it is built: loading asks every one of them for its ``doubts`` and for what it
has ``derived`` from the rest of the file, and whoever needs to know of a component what its kind alone doesn't tell (which
transformation runs first, where pages load scripts from) asks its settings. All of it has a default, which says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Any, ClassVar, Final, Literal, NamedTuple, Protocol, Self, TypeAlias, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.abilities import check_settings
from core.elements import names_elements
from core.fields import Condition, ConsentType, KeyPath, Many, Template
from core.wildcard import names

Steps: TypeAlias = tuple[str | int, ...]
"""Keys and indices, one below the other."""

LAST: Final = 1000
"""The ``order`` of transformations that run after all others, whatever priority those have."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What works and is probably not meant. ``at`` leads to it from the component's own settings.

    It is shown at the key that stands there, or, ``at_value``, at its value.
    """

    at: Steps
    message: str
    at_value: bool = False

    def below(self, *steps: str | int) -> Doubt:
        """The same of settings that stand at these steps of others."""
        return Doubt((*steps, *self.at), self.message, self.at_value)


class Shape(NamedTuple):
    """How an id looks: a regular expression for all of it, and that in words, with an example."""

    pattern: str
    wanted: str


class ComponentSettings(BaseModel):
    """What every component's settings share. Unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True)

    type: str | None = Field(None, description="Which component this is; default: its name.")
    note: str | None = Field(None, description="Free text, for whoever reads the file or the debug page.")

    shown_first: ClassVar[bool] = False
    """Whether an example of a file, or of a test of one, is rather about this type than about another."""

    shapes: ClassVar[Mapping[str, Shape]] = {}
    """How the ids in these settings look, by the setting's name. What looks otherwise is doubtful, and so is a placeholder."""

    @classmethod
    def __pydantic_init_subclass__(cls, **options: Any) -> None:
        """Raises TypeError for what is no setting and would never be asked for, such as ``doubt``."""
        super().__pydantic_init_subclass__(**options)
        check_settings(cls, __name__, cls.model_fields)

    def site_ids(self) -> Sequence[str]:
        """The ids that these settings spell out as the site's own, for other components to follow."""
        return ()

    def derived(self, file: WholeFile) -> Self:
        """These settings with the defaults that follow from the rest of the file, which is as it was read."""
        del file
        return self

    def own_names(self, at: Steps) -> Collection[str]:
        """What an expression at this place of theirs may begin with that means nothing elsewhere: ``body``, ``item``."""
        del at
        return ()

    def doubts(self, file: WholeFile) -> Iterable[Doubt]:
        """What is probably not meant, given the rest of the file. Asked only where nothing in the file is wrong."""
        del file
        return ()


class ClientSettings(ComponentSettings):
    """What every client has."""

    priority: int = Field(0, description="Higher claims first; ties: the order in the file.")

    def claimed_ids(self) -> Sequence[str]:
        """The ids whose events alone it claims; none where it claims any, or knows of no ids."""
        return ()

    def overshadows(self, other: Self) -> bool:
        """Whether nothing is left to claim for another client of its type, which is asked after it."""
        del other
        return False

    def written_paths(self) -> Mapping[Steps, str]:
        """The paths that are claimed because these settings say so, by where they stand in them."""
        return {}

    def cookie_domain(self) -> str:
        """The domain that these settings name for cookies; empty where it is that of the request."""
        return ""

    def script_hosts(self) -> Sequence[str]:
        """The hosts, such as ``*.example.com``, under which these settings say that pages reach the scripts served here."""
        return ()

    def written_origins(self) -> Sequence[str]:
        """The origins asked for what pages want at once, which these settings spell out and which may therefore be private."""
        return ()

    def page_sources(self, own: str) -> Mapping[str, Sequence[str]]:
        """What pages need besides to send to this server: sources by directive of their Content-Security-Policy.

        ``own`` is the source that stands for this server.
        """
        del own
        return {}

    def first_request(self) -> str:
        """Path and query of a page view that it claims, for the first test of a file; empty where there is none."""
        return ""


class TransformationSettings(ComponentSettings):
    """What every transformation has."""

    priority: int = Field(0, description="Higher runs first; at equal priority the type decides, then the order in the file.")
    tags: Many[str] = Field(["all"], description="The tags it works for.")
    except_: Many[str] = Field([], alias="except", description="Tags taken out of `tags`.")
    when: Condition | None = Field(None, description="Only when all of these hold, on the event as transformed so far.")

    counted: ClassVar[bool] = False
    """Whether it is counted which parameters of an event it has changed: for what changes values that nobody expects it to."""

    order: ClassVar[int] = 100
    """At equal priority lower runs first; LAST and above run after all others."""

    takes_out: ClassVar[str] = ""
    """For what takes personal data out of events: an example of its settings, as it stands in YAML. Else empty."""

    def reaches(self, tag: str) -> bool:
        """Whether it works for the tag of this name."""
        return ("all" in self.tags or tag in self.tags) and tag not in self.except_

    def sets(self) -> Collection[str]:
        """The parameters that have a value of its making afterwards."""
        return ()

    def starved(self, file: WholeFile, removes: Callable[[str], bool]) -> Iterator[tuple[str, list[str]]]:
        """The tags that it works for and that it leaves without what they need, each with the names of that.

        What is set again after it is not lacking.
        """
        later = [each.settings for each in file.transformations.values() if self._precedes(each.settings)]
        for name in filter(self.reaches, file.tags):
            tag = file.tags[name].settings
            again = {*tag.parameters.set, *chain.from_iterable(each.sets() for each in later if each.reaches(name))}
            lacking = [need for need in tag.needs if removes(need) and not any(names(need, each) for each in again)]
            if lacking:
                yield name, lacking

    def _precedes(self, other: TransformationSettings) -> bool:
        return (self.priority, -self.order) > (other.priority, -other.order)


def _no_element(path: str) -> str:
    if names_elements(path):
        raise ValueError(f"{path} can't be set here: what `*` stands for, every element of a list, only a transformation sets")
    return path


class ParameterSettings(BaseModel):
    """Which parameters leave, and which are set on the way out. Names are key paths."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    include: Literal["all", "none"] | Many[KeyPath] = Field("all", description="`all`, `none`, or a list of names.")
    exclude: Many[KeyPath] = Field([], description="Names that do not leave.")
    set: dict[Annotated[str, AfterValidator(_no_element)], Template] = Field({}, description="Names and the values they get.")


class TagSettings(ComponentSettings):
    """What every tag has."""

    triggers: Many[str] = Field(["all"], description="It fires when any of these matches; `all` is built in.")
    exceptions: Many[str] = Field([], description="It does not fire when any of these triggers matches.")
    consent: Many[ConsentType] = Field([], description="It fires only when each of these is granted; unset holds it back too.")
    event_name: dict[str, Template] | Template | None = Field(
        None,
        description="Another event name: a text, a template, or a table from old name to new.",
        union_mode="left_to_right",
    )
    parameters: ParameterSettings = Field(ParameterSettings(), description="Which parameters leave, after the transformations.")
    paused: bool = Field(False, description="Chooses no new events; what is queued still goes.")

    extra: ClassVar[str] = ""
    """The extra of the package that brings what sends for it; empty where none does."""

    needs: ClassVar[Sequence[str]] = ()
    """The parameters (``x-ga-*``: those that begin so) without which it has nothing to send."""

    sent_to: ClassVar[Sequence[str]] = ()
    """The settings that tell where it sends to, the most telling one first: two tags that agree in them send to one place."""

    def composes(self) -> bool:
        """Whether what leaves is put together in the file out of single values, and is not the event as a whole."""
        return False

    def folders(self) -> Sequence[str]:
        """The folders that it needs to write files into, as they are written; a relative one starts where the file lies."""
        return ()


Kept = TypeVar("Kept", bound=ComponentSettings, covariant=True)


class NamedSettings(Protocol[Kept]):
    """The settings of one component of the file."""

    @property
    def name(self) -> str:
        """By which the file calls it."""

    @property
    def settings(self) -> Kept:
        """What the file says of it."""


class ServerNames(Protocol):
    """What components may know of the section ``server``."""

    @property
    def behind(self) -> str | None:
        """The proxy in front, by name."""

    @property
    def path_prefix(self) -> str:
        """Where the server is mounted on the site's own host; no path that a client sees has it."""

    @property
    def public_host(self) -> str | None:
        """The name by which browsers reach this server, where the file says it."""

    @property
    def allowed_origins(self) -> Sequence[str]:
        """Websites that may read replies."""


class OutboxNames(Protocol):
    """What components may know of the section ``outbox``."""

    @property
    def shared(self) -> bool:
        """Whether several machines work on it."""


class WholeFile(Protocol):
    """The file as its components see it: every component by its name, in the file's order.

    Of one with a mistake there is what can be read without it: no server starts with that.
    """

    @property
    def clients(self) -> Mapping[str, NamedSettings[ClientSettings]]:
        """Its clients."""

    @property
    def transformations(self) -> Mapping[str, NamedSettings[TransformationSettings]]:
        """Its transformations."""

    @property
    def tags(self) -> Mapping[str, NamedSettings[TagSettings]]:
        """Its tags."""

    @property
    def server(self) -> ServerNames:
        """Its section ``server``."""

    @property
    def outbox(self) -> OutboxNames:
        """Its section ``outbox``."""
