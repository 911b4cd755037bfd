"""Draws from the posterior by Markov chains, with the measures that tell whether to trust them."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from remnant.errors import FitWarning, InputError
from remnant.fitter.fitted import Fit, Fitted
from remnant.reading import Floats

CHAINS = 4
TAIL = 30.0
"""Degrees of freedom of the independent proposals: wider tails than the posterior's, so that no region is left out."""
WIDER = 1.1
WALKED = 0.1
"""Share of moves that are small steps from where a chain stands, for posteriors that are bent."""
WORST_RHAT = 1.05


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws from the posterior of a fit."""

    fitted: Fitted
    values: Floats
    """[draw][parameter] on the inner scale"""
    rhat: Floats
    """[parameter] split R-hat: 1 where the chains agree"""
    effective: Floats
    """[parameter] number of independent draws that know as much"""
    accepted: float
    """Share of moves that were accepted."""


def draw(fit: Fit, draws: int, seed: int) -> Draws:
    """Return draws from the posterior by Markov chains that start at the top.

    Four chains propose mostly independent points from a t law shaped like the posterior at its top, and sometimes small
    steps; both leave the posterior as it is.

    Parameters
    ----------
    fit : Fit
    draws : int
        How many, 100 or more.
    seed : int
        0 or more; the same seed gives the same draws.

    Returns
    -------
    Draws

    Raises
    ------
    InputError
        If `draws` or `seed` is not allowed.

    References
    ----------
    Foreman-Mackey et al. 2013, 10.1086/670067; R-hat and effective number: Vehtari et al. 2021, 10.1214/20-BA1221.
    """
    if not (isinstance(draws, int | np.integer) and draws >= 100):
        raise InputError("draws", "must be a whole number, 100 or more", draws)
    if not (isinstance(seed, int | np.integer) and 0 <= seed < 2**32):
        raise InputError("seed", "must be a whole number, 0 or more", seed)
    chains, accepted = _walk(fit, draws, int(seed))
    effective = np.array([effective_draws(chains[:, :, p]) for p in range(chains.shape[2])])
    rhat = np.array([split_rhat(chains[:, :, p]) for p in range(chains.shape[2])])
    if rhat.max() > WORST_RHAT:
        message = f"the chains have not mixed (R-hat {rhat.max():.2f}, wanted under {WORST_RHAT}): ask for more draws"
        warnings.warn(message, FitWarning, stacklevel=3)
    return Draws(fit.fitted, chains.reshape(-1, chains.shape[2])[-draws:], rhat, effective, accepted)


def split_rhat(chains: Floats) -> float:
    """Return R-hat of one parameter, each chain split in two: [step][chain]."""
    half = chains.shape[0] // 2
    parts = np.concatenate([chains[:half], chains[half : 2 * half]], axis=1)
    within = float(parts.var(axis=0, ddof=1).mean())
    between = half * float(parts.mean(axis=0).var(ddof=1))
    return float(np.sqrt(((half - 1) / half * within + between / half) / within)) if within > 0 else np.inf


def effective_draws(chains: Floats) -> float:
    """Return the number of independent draws that know the mean of one parameter as well: [step][chain]."""
    steps, count = chains.shape
    away = chains - chains.mean(axis=0)
    power = np.abs(np.fft.rfft(away, 2 * steps, axis=0)) ** 2
    lagged = np.fft.irfft(power, axis=0)[:steps].mean(axis=1) / steps
    within = lagged[0] * steps / (steps - 1)
    total = lagged[0] + float(chains.mean(axis=0).var(ddof=1))
    if total <= 0:
        return 0.0
    rho = 1.0 - (within - lagged) / total
    time, last = 1.0, np.inf
    for lag in range(1, steps - 1, 2):
        pair = float(rho[lag] + rho[lag + 1])
        if pair < 0:
            break
        last = min(last, pair)  # Geyer's monotone sequence
        time += 2.0 * last
    return steps * count / max(time, 1.0 / np.log10(max(steps * count, 10)))


def _walk(fit: Fit, draws: int, seed: int) -> tuple[Floats, float]:
    """Return the chains [step][chain][parameter] after warming up, and the share of moves accepted."""
    import emcee

    size = fit.fitted.form.size
    steps = -(-draws // CHAINS)
    shape = np.linalg.cholesky(fit.fitted.covariance)
    top, inverse = fit.fitted.values, np.linalg.inv(shape)

    def log_proposal(points: Floats) -> Floats:
        z = (points - top) @ inverse.T / WIDER
        return -0.5 * (TAIL + size) * np.log1p((z**2).sum(axis=-1) / TAIL)

    def away(random: np.random.RandomState, count: int) -> Floats:
        z = random.standard_normal((count, size)) / np.sqrt(random.chisquare(TAIL, (count, 1)) / TAIL)
        return top + WIDER * z @ shape.T

    def propose(points: Floats, random: np.random.RandomState) -> tuple[Floats, Floats]:
        there = away(random, len(points))
        return there, log_proposal(points) - log_proposal(there)

    def step(points: Floats, random: np.random.RandomState) -> tuple[Floats, Floats]:
        moved = points + 2.38 / np.sqrt(size) * random.standard_normal(points.shape) @ shape.T
        return moved, np.zeros(len(points))

    moves = [(emcee.moves.MHMove(propose), 1.0 - WALKED), (emcee.moves.MHMove(step), WALKED)]
    sampler = emcee.EnsembleSampler(CHAINS, size, lambda values: fit.posterior.view(values).height, moves=moves)
    random = np.random.RandomState(seed)
    begin = away(random, 50)
    begin = begin[np.isfinite([fit.posterior.view(point).height for point in begin])][:CHAINS]
    if len(begin) < CHAINS:
        raise InputError("posterior", "must have a top that chains can leave", "nearly no finite point around it")
    sampler.random_state = random.get_state()
    warm = max(50, steps // 5)
    sampler.run_mcmc(begin, warm + steps, skip_initial_state_check=True)
    return sampler.get_chain(discard=warm), float(sampler.acceptance_fraction.mean())
