import numpy as np
import pytest

from trustlab.stats.prototypes import criticisms, prototypes, rbf_kernel, squared_mmd


def points(n=40, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(size=(n, 2)), rng.normal(size=(n, 2)) + 8, [[30.0, -30.0]]])


def test_the_kernel_is_scikit_learns():
    from sklearn.metrics.pairwise import euclidean_distances
    from sklearn.metrics.pairwise import rbf_kernel as reference

    X = points()
    distances = euclidean_distances(X, squared=True)
    width = np.median(distances[distances > 1e-12])
    np.testing.assert_allclose(rbf_kernel(X), reference(X, gamma=1 / width), atol=1e-9)


def test_the_greedy_choice_is_that_of_brute_force():
    kernel = rbf_kernel(points(12))
    chosen = []
    for _ in range(5):
        left = [at for at in range(len(kernel)) if at not in chosen]
        chosen.append(min(left, key=lambda at: squared_mmd(kernel, [*chosen, at])))
    assert prototypes(kernel, 5) == chosen


def test_criticisms_are_the_greedy_sum_of_witness_and_log_determinant():
    kernel = rbf_kernel(points(12))
    chosen = prototypes(kernel, 3)
    witness = np.abs(kernel.mean(axis=0) - kernel[chosen].mean(axis=0))
    found = []
    for _ in range(4):
        left = [at for at in range(len(kernel)) if at not in (*chosen, *found)]
        found.append(
            max(
                left,
                key=lambda at: witness[at] + np.linalg.slogdet(kernel[np.ix_([*found, at], [*found, at])])[1],
            )
        )
    assert criticisms(kernel, chosen, 4) == found


def test_each_cluster_has_a_prototype():
    X = points()
    kernel = rbf_kernel(X)
    chosen = prototypes(kernel, 2)
    assert {bool(X[at, 0] > 4) for at in chosen} == {False, True}
    assert squared_mmd(kernel, chosen) < squared_mmd(kernel, [0, 1])
    assert squared_mmd(kernel, range(len(X))) == pytest.approx(0, abs=1e-12)


def test_few_rows():
    kernel = rbf_kernel(np.ones((3, 2)))
    assert sorted(prototypes(kernel, 9)) == [0, 1, 2]
    assert criticisms(kernel, [0, 1, 2], 4) == []
