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
