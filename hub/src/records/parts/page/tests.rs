use super::*;

#[test]
fn the_next_page_is_the_same_query_with_another_cursor() {
    assert_eq!(next_link("q=a&cursor=old&limit=2", "new"), "<?q=a&limit=2&cursor=new>; rel=\"next\"");
    assert_eq!(next_link("", "new"), "<?cursor=new>; rel=\"next\"");
    assert_eq!(next_link("q=a>b", "new"), "<?q=a%3Eb&cursor=new>; rel=\"next\"");
}
