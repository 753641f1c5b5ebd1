def audit(count: int = 40, k: int = 3, *, truth: bool = True, seed: int = 0) -> SampleAudit:
    """Of `count` samples, every fifth of which is labelled as the class behind its own; scores
    know most of it. Pictures of the first ten numbers."""
    stream = np.random.default_rng(seed)
    number = np.arange(count, dtype=np.int32)
    true = number % k
    wrong = number % 5 == 0
    given = np.where(wrong, (true + 1) % k, true).astype(np.int32)
    suspicion = (wrong + stream.normal(0, 0.2, count)).astype(np.float32)
    columns: dict[str, np.ndarray] = {
        "number": number,
        "given": given,
        "suggested": np.where(wrong, true, (true + 1) % k).astype(np.int32),
        "confidence": (1 - suspicion / 2).astype(np.float32),
        "deviation": np.full(count, 0.1, np.float32),
        "learned": np.where(wrong, 0, 3).astype(np.int16),
        "forgotten": np.ones(count, np.int16),
        **dict.fromkeys(SCORE_NAMES, suspicion),
    }
    if truth:
        columns["true"] = true.astype(np.int32)
    joint = np.eye(k, dtype=np.float32) / k
    return SampleAudit(
        columns=columns,
        rates=dict.fromkeys(SCORE_NAMES, 0.2),
        cuts=dict.fromkeys(SCORE_NAMES, 0.5),
        joints=dict.fromkeys(SCORE_NAMES, joint),
        pictures={n: b"picture %d" % n for n in range(10)},
        size=28,
    )


def audited(database: Database, told: SampleAudit | None = None, **values: Any) -> int:
    """The id of a finished run with an audit."""
    run_id = submit(database, **values)
    taken = claim(database)
    assert taken.run_id == run_id
    with database.write() as session:
        recorder.record_info(session, taken, info())
    epochs = spec(**values).epochs
    record(database, taken, *range(1, epochs + 1), epochs=epochs)
    with database.write() as session:
        assert recorder.record_audit(session, taken, told or audit()) == "go_on"
        assert claims.finish(session, taken)
    return run_id
