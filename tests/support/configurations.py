"""Any HRM configuration, for tests of laws that hold for all of them."""

from hypothesis import strategies as st

from phantom.hrm.basis import Basis
from phantom.hrm.config import (
    AgentSwitching,
    DeepSupervision,
    HrmConfig,
    IterationMode,
    IterationPrediction,
    LatentReasoning,
    ParallelEvaluation,
)
from phantom.hrm.estimator import TaskContext

fractions = st.floats(0, 1)
finite = st.floats(0, 1e9)

configs = st.builds(
    HrmConfig,
    latent_reasoning=st.builds(
        LatentReasoning, enabled=st.booleans(), compression_ratio_target=st.floats(1, 10)
    ),
    ml_iteration_prediction=st.builds(
        IterationPrediction,
        mode=st.sampled_from(IterationMode),
        max_iterations=st.integers(2, 20),
        confidence_threshold=fractions,
    ),
    agent_switching=st.builds(AgentSwitching, cost_ceiling=st.floats(0, 1e6)),
    deep_supervision=st.builds(
        DeepSupervision, enabled=st.booleans(), quality_gate_threshold=fractions
    ),
    parallel_evaluation=st.builds(
        ParallelEvaluation,
        enabled=st.booleans(),
        worker_count=st.integers(1, 16),
        timeout_seconds=st.integers(10, 300),
    ),
)
bases = st.builds(
    Basis,
    tasks=st.integers(0, 1000),
    pass_chance=st.floats(0.02, 0.98),
    needed=st.lists(st.integers(1, 20), max_size=30).map(sorted).map(tuple),
    tokens=finite,
    dollars=finite,
    call_seconds=finite,
    evaluation_seconds=finite,
    quality=fractions,
    tokens_spread=st.floats(0, 100),
    dollars_spread=st.floats(0, 100),
    seconds_spread=st.floats(0, 100),
    quality_spread=st.floats(0, 1),
)
contexts = st.builds(
    TaskContext,
    complexity=st.none() | st.floats(0, 1e6),
    estimated_duration=st.none() | st.floats(0, 3e7),
    current_quality=st.none() | fractions,
)
