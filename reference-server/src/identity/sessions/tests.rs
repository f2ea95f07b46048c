use super::*;

fn open(folder: &Path, threshold: usize, seconds: u64) -> Arc<Sessions> {
    let lifetime = Duration::from_secs(seconds);
    opened(folder, threshold, lifetime, Clock::default())
}

fn opened(folder: &Path, threshold: usize, lifetime: Duration, clock: Clock) -> Arc<Sessions> {
    let sessions = Sessions::open(folder, threshold, lifetime, clock, Open::default());
    Arc::new(sessions.expect("opens"))
}

#[tokio::test]
async fn a_login_survives_a_restart_and_its_end_does_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let amy = FoldedName::fold("amy").expect("a name");
    let sessions = open(folder.path(), 10, 100);
    let fresh = sessions.create_for(&amy, None).await.expect("created");
    let again = open(folder.path(), 10, 100);
    assert_eq!(
        again.find(&fresh.id).and_then(|session| session.user),
        Some(UserId::for_test("amy"))
    );
    assert!(again.find("an id that a client made up").is_none());
    again.forget(&fresh.session.key);
    let key = std::slice::from_ref(&fresh.session.key);
    again.remove_files(key).await.expect("removed");
    assert!(open(folder.path(), 10, 100).find(&fresh.id).is_none());
}

#[tokio::test]
async fn a_burst_of_guests_never_prunes_a_login() {
    let folder = tempfile::tempdir().expect("a folder");
    let sessions = open(folder.path(), 5, 100);
    let amy = sessions
        .create_for(&FoldedName::fold("amy").expect("a name"), None)
        .await
        .expect("created");
    for _ in 0..20 {
        sessions.create_guest().await.expect("created");
    }
    assert!(sessions.find(&amy.id).is_some());
    assert_eq!(sessions.lock().len(), 5);
    assert_eq!(std::fs::read_dir(folder.path()).expect("reads").count(), 5);
}

#[tokio::test]
async fn a_session_lives_for_its_time_and_no_longer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (day, clock) = (
        Duration::from_hours(24),
        Clock::standing(Duration::from_hours(1)),
    );
    let sessions = opened(folder.path(), 5, day, clock.clone());
    let name = FoldedName::fold("amy").expect("a name");
    let amy = sessions.create_for(&name, None).await.expect("created");
    clock.forward(day - Duration::from_secs(1));
    assert!(sessions.find(&amy.id).is_some());
    assert!(sessions.end_expired().is_empty());
    clock.forward(Duration::from_secs(1));
    assert!(sessions.find(&amy.id).is_none());
    let user = UserId::for_test("amy");
    assert!(sessions.of_user(&user).is_empty());
    assert_eq!(sessions.end_expired(), [amy.session.key]);
    sessions.remove_ended().await;
    assert_eq!(std::fs::read_dir(folder.path()).expect("reads").count(), 0);
    // Nor does a restart bring it back.
    let again = opened(folder.path(), 5, day, clock);
    assert!(again.find(&amy.id).is_none());
}

#[tokio::test]
async fn a_user_sees_their_own_sessions_by_a_name_that_opens_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let sessions = open(folder.path(), 5, 100);
    let mut made = Vec::new();
    for name in ["amy", "amy", "bob"] {
        let name = FoldedName::fold(name).expect("a name");
        made.push(sessions.create_for(&name, None).await.expect("created"));
    }
    let of_amy = sessions.of_user(&UserId::for_test("amy"));
    assert_eq!(of_amy.len(), 2);
    assert!(
        of_amy
            .iter()
            .all(|session| session.key != made[2].session.key)
    );
    let public = made[0].session.key.public();
    assert!(of_amy.iter().any(|session| session.key.public() == public));
    assert!(!made[0].id.contains(&public) && !made[0].session.key.as_str().contains(&public));
    assert!(sessions.find(&public).is_none());
}

#[tokio::test]
async fn a_session_ends_after_a_notice_that_its_file_was_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let sessions = open(folder.path(), 5, 100);
    let name = FoldedName::fold("amy").expect("a name");
    let one = sessions.create_for(&name, None).await.expect("created");
    let other = sessions.create_for(&name, None).await.expect("created");
    sessions
        .store
        .remove(one.session.key.as_str())
        .expect("removed");
    assert!(sessions.end_removed().await.is_empty());
    sessions.store.give_notice().expect("told");
    assert_eq!(sessions.end_removed().await, [one.session.key]);
    assert!(sessions.find(&one.id).is_none());
    assert!(sessions.find(&other.id).is_some());
    assert!(sessions.end_removed().await.is_empty());
}
