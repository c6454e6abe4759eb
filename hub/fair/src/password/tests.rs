use super::*;

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

#[tokio::test]
async fn a_password_matches_only_its_own_hash() {
    let hasher = Hasher::new();
    let phc = hasher.hash(secret("correct-horse-1")).await.unwrap();
    assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
    assert_ne!(phc, hasher.hash(secret("correct-horse-1")).await.unwrap(), "each has its own salt");
    assert!(hasher.verify(secret("correct-horse-1"), Some(phc.clone())).await.unwrap());
    assert!(!hasher.verify(secret("correct-horse-2"), Some(phc)).await.unwrap());
}

#[tokio::test]
async fn an_unknown_account_costs_one_hash_and_never_matches() {
    let hasher = Hasher::new();
    assert!(!hasher.verify(secret("anything-1"), None).await.unwrap());
    assert_eq!(hasher.computed(), 1);
    let dummy = PasswordHash::new(DUMMY).unwrap();
    let params = Params::try_from(&dummy).unwrap();
    assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, 1));
}

#[tokio::test]
async fn a_full_queue_refuses_instead_of_waiting() {
    let hasher = Hasher::new();
    let waiting: Vec<_> = (0..PERMITS + QUEUE_MAX + 10)
        .map(|_| {
            let hasher = hasher.clone();
            async move { hasher.verify(secret("anything-1"), None).await }
        })
        .collect();
    let mut refused = 0;
    let mut set = tokio::task::JoinSet::new();
    for one in waiting {
        set.spawn(one);
    }
    while let Some(answer) = set.join_next().await {
        refused += usize::from(answer.unwrap() == Err(Error::Overloaded));
    }
    assert!((1..=10).contains(&refused), "{refused}");
    assert!(hasher.verify(secret("anything-1"), None).await.is_ok(), "places are given back");
}

#[tokio::test]
async fn hashes_of_other_parameters_are_compared_by_what_they_say_of_themselves() {
    use argon2::password_hash::PasswordHasher as _;
    let hasher = Hasher::new();
    for (algorithm, memory_kib, passes, lanes) in
        [(Algorithm::Argon2id, MEMORY_KIB, 1, 1), (Algorithm::Argon2i, 1_024, 3, 2), (Algorithm::Argon2d, 64, 1, 1)]
    {
        let params = Params::new(memory_kib, passes, lanes, None).unwrap();
        let phc = Argon2::new(algorithm, Version::V0x13, params).hash_password(b"correct-horse-1").unwrap().to_string();
        assert!(hasher.verify(secret("correct-horse-1"), Some(phc.clone())).await.unwrap(), "{phc}");
        assert!(!hasher.verify(secret("correct-horse-2"), Some(phc)).await.unwrap());
    }
    let params = Params::new(MEMORY_KIB + 1_024, 1, 1, None).unwrap();
    let large = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password(b"correct-horse-1").unwrap();
    let refused = hasher.verify(secret("correct-horse-1"), Some(large.to_string())).await;
    assert_eq!(refused, Err(Error::Internal("password hash unreadable")), "it would need memory of its own");
    let broken = hasher.verify(secret("x"), Some("$argon2id$v=19$m=64,t=1,p=1".to_owned())).await;
    assert_eq!(broken, Err(Error::Internal("password hash unreadable")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_of_hashes_makes_one_buffer_a_permit() {
    let hasher = Hasher::new();
    assert_eq!(hasher.buffers.made.load(Ordering::Relaxed), 0, "none before it is needed");
    let mut storm = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let hasher = hasher.clone();
        storm.spawn(async move { hasher.verify(secret("anything-1"), None).await });
    }
    assert!(storm.join_all().await.iter().all(|answer| answer == &Ok(false)));
    assert_eq!(hasher.computed(), 40);
    assert!((1..=PERMITS as u64).contains(&hasher.buffers.made.load(Ordering::Relaxed)));
    assert!(hasher.buffers.idle().len() <= PERMITS);
}
