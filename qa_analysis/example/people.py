"""The invented authority's teams and people, and the establishment month by month."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qa_analysis.example.chance import rng_for
from qa_analysis.example.framework import Framework

AUTHORITY = "Harrowmere (an invented authority)"
N_TEAMS = 45
WORKERS_PER_TEAM = 6
LARGEST_TEAM_SCALE = 4  # beyond it, each manager does more audits instead
_FIRST = (
    "Marigold Oswin Tansy Barnaby Clover Ignatius Peregrine Saffron Thaddeus Ottoline Lysander Briony Cosmo "
    "Juniper Aurelio Wilhelmina Fenella Quentin Evadne Hyacinth Rollo Zinnia Drusilla Kit Nerys Umberto Vashti "
    "Yarrow Xanthe Gulliver"
).split()
_HEAD = (
    "Tindle Bramble Thistle Fern Pebble Wren Clover Hazel Mallow Otter Rook Sedge Teasel Willow Badger Cobble "
    "Dapple Ember Finch Gorse Heron Ivy Jasper Kestrel Linnet Moss Nettle Oat Plover Quill Rush Sorrel Tansy "
    "Umber Vetch Wax Yaffle Larch Barley Cinder"
).split()
_TAIL = (
    "brook hollow wick mere combe thwaite shaw stead bury marsh ridge field croft garth holm lock moor nook "
    "pike rigg slade toft vale weir wold yard bank dale gate spring"
).split()


@dataclass(frozen=True)
class Staff:
    """Everyone who works here; arrays run over teams, managers or workers, and hold positions or names."""

    team_service: np.ndarray
    team_locality: np.ndarray
    team_name: np.ndarray
    manager_name: np.ndarray
    manager_team: np.ndarray
    worker_name: np.ndarray
    worker_team: np.ndarray
    worker_manager: np.ndarray
    team_lead: np.ndarray
    team_head: np.ndarray
    lead_name: np.ndarray
    lead_service: np.ndarray


def make_names(seed: int, n: int) -> np.ndarray:
    """`n` different names; surnames repeat only when all of them are used."""
    surnames = np.array([h + t for h in _HEAD for t in _TAIL], dtype=object)
    rng = rng_for(seed, "names")
    order = rng.permutation(len(surnames))
    i = np.arange(n)
    first = np.array(_FIRST, dtype=object)[
        (rng.permutation(len(_FIRST))[i % len(_FIRST)] + i // len(surnames)) % len(_FIRST)
    ]
    return first + " " + surnames[order[i % len(surnames)]]


def make_staff(framework: Framework, seed: int, scale: float) -> Staff:
    """Teams by service and locality, 25 of 45 with two managers, six workers each, a lead per service and locality."""
    weights = np.resize([15, 7, 4, 8, 4, 3, 4], len(framework.services)).astype(float)
    n_teams = np.maximum(1, np.round(weights / weights.sum() * N_TEAMS * min(scale, LARGEST_TEAM_SCALE))).astype(int)
    service = np.repeat(np.arange(len(framework.services)), n_teams)
    number = np.concatenate([np.arange(n) for n in n_teams])
    n_places = max(1, len(framework.localities))
    locality = number % n_places
    total = len(service)
    places = [p.label for p in framework.localities] or ["Team"]
    names = np.array(
        [
            f"{framework.services[s].label} {places[p]} {i // n_places + 1}"
            for s, p, i in zip(service, locality, number, strict=True)
        ],
        dtype=object,
    )
    manager_team = np.repeat(np.arange(total), np.where(np.arange(total) % 9 < 5, 2, 1))
    worker_team = np.repeat(np.arange(total), WORKERS_PER_TEAM)
    lead_service = np.repeat(np.arange(len(framework.services)), n_places)
    sizes = [len(manager_team), len(worker_team), len(lead_service), len(framework.services)]
    managers, workers, leads, heads = np.split(make_names(seed, sum(sizes)), np.cumsum(sizes)[:-1])
    first_manager = np.searchsorted(manager_team, np.arange(total))
    n_managers = np.bincount(manager_team, minlength=total)
    worker_manager = first_manager[worker_team] + np.arange(len(worker_team)) % n_managers[worker_team]
    return Staff(
        service,
        locality,
        names,
        managers,
        manager_team,
        workers,
        worker_team,
        worker_manager,
        leads[service * n_places + locality],
        heads[service],
        leads,
        lead_service,
    )


def make_establishment(framework: Framework, staff: Staff, months: pd.PeriodIndex, seed: int) -> pd.DataFrame:
    """One row per month and team: who leads it, how many managers, how many practitioners."""
    n = len(staff.team_name)
    team = np.tile(np.arange(n), len(months))
    managers = pd.Series(staff.manager_name).groupby(staff.manager_team).agg(";".join).to_numpy(dtype=object)
    counts = np.bincount(staff.manager_team, minlength=n)
    fte = WORKERS_PER_TEAM - rng_for(seed, "establishment").choice([0, 0, 0, 0.5, 1.0], len(team))
    services = np.array([s.label for s in framework.services], dtype=object)
    places = np.array([p.label for p in framework.localities] or [None], dtype=object)
    return pd.DataFrame(
        {
            "period": np.repeat(months.to_timestamp().to_numpy(), n),
            "service": services[staff.team_service[team]],
            "locality": places[staff.team_locality[team]],
            "team": staff.team_name[team],
            "head_of_service": staff.team_head[team],
            "service_lead": staff.team_lead[team],
            "team_manager": managers[team],
            "n_team_managers": counts[team],
            "n_workers": fte,
        }
    )
