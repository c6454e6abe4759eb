//! Who may do what with a file of a team, by what it was uploaded for: everybody of the matrix asks for one of each kind.

use super::matrix::Matrix;
use super::*;

/// Whoever belongs to the file: who administers its team, who uploaded it, and the committee.
const CONCERNED: &[&str] = &["administrator", "consultant", "committee"];
/// Of them, those who may remove it.
const REMOVERS: &[&str] = &["administrator", "consultant"];

fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n%%EOF\n".to_vec()
}

#[tokio::test]
async fn a_file_is_shown_and_removed_by_whom_its_kind_says() {
    let matrix = Matrix::make().await;
    let token = matrix.app.token("acme", "wang").await;
    let (mut shown, mut hidden) = (0, 0);
    for (used_for, bytes, is_private) in [
        ("logo", booths::bitmap(12, 8), false),
        ("picture", booths::bitmap(12, 8), false),
        ("id_photo", portrait::portrait(), true),
        ("plan", pdf(), true),
    ] {
        let id = matrix.app.upload(&token, used_for, bytes).await;
        let record = format!("/v1/uploads/{id}");
        for role in &matrix.roles {
            let is_concerned = CONCERNED.contains(&role.name);
            let asked = async |method: Method, path: &str| {
                matrix.app.ask(method, path, role.token.as_deref(), None).await.status.as_u16()
            };
            let seen = if is_concerned { 200 } else { 404 };
            let of_record = if role.token.is_none() { 401 } else { seen };
            assert_eq!(asked(Method::GET, &record).await, of_record, "{used_for} by {}", role.name);
            let of_content = if is_private { seen } else { 200 };
            let content = format!("{record}/content");
            assert_eq!(asked(Method::GET, &content).await, of_content, "content of {used_for} by {}", role.name);
            if !REMOVERS.contains(&role.name) {
                let refused = if role.token.is_none() { 401 } else { 404 };
                assert_eq!(asked(Method::DELETE, &record).await, refused, "removal of {used_for} by {}", role.name);
            }
            let count = if of_content == 200 { &mut shown } else { &mut hidden };
            *count += 1;
        }
        let removed = matrix.app.ask(Method::DELETE, &record, Some(&token), None).await;
        assert_eq!(removed.status, StatusCode::NO_CONTENT, "{used_for} by who uploaded it");
    }
    assert_eq!((shown, hidden), (2 * 10 + 2 * 3, 2 * 7), "ten roles asked for four files");
}
