use super::*;

#[test]
fn a_full_address_is_understood() {
    let address = "scylla://fair@10.0.0.1,[::1]:19042,db.example.com/fair_1?dc=east&replication=east:3,west:2&consistency=global&ca=/ca.pem";
    let options = CqlOptions::parse(address).unwrap();
    assert_eq!(options.hosts, ["10.0.0.1:9042", "[::1]:19042", "db.example.com:9042"]);
    assert_eq!((options.keyspace.as_str(), options.user.as_deref()), ("fair_1", Some("fair")));
    assert_eq!(options.data_centre.as_deref(), Some("east"));
    assert_eq!(options.replication, Replication::Named(vec![("east".into(), 3), ("west".into(), 2)]));
    assert!(options.global);
    assert_eq!(options.ca, Some(PathBuf::from("/ca.pem")));
}

#[test]
fn a_short_address_asks_nodes_of_any_data_centre_for_three_copies() {
    let options = CqlOptions::parse("scylla://localhost/fair").unwrap();
    assert_eq!(options.hosts, ["localhost:9042"]);
    assert_eq!((options.data_centre, options.user, options.ca), (None, None, None));
    assert_eq!(options.replication, Replication::Everywhere(3));
    assert!(!options.global);
}

#[test]
fn what_is_wrong_is_said() {
    for (address, words) in [
        ("cassandra://a/b", "begins with scylla://"),
        ("scylla://a", "no keyspace"),
        ("scylla:///b", "is no host"),
        ("scylla://a,/b", "is no host"),
        ("scylla://a'b/c", "is no host"),
        ("scylla://a:0/b", "no port"),
        ("scylla://a:70000/b", "no port"),
        ("scylla://a/", "is no keyspace"),
        ("scylla://a/B", "is no keyspace"),
        ("scylla://a/b\"; DROP", "is no keyspace"),
        ("scylla://@a/b", "no user"),
        ("scylla://me:secret@a/b", "does not belong into the address"),
        ("scylla://a/b?dc", "not name=value"),
        ("scylla://a/b?dc=", "has no value"),
        ("scylla://a/b?dc=x'y", "is no data centre"),
        ("scylla://a/b?replication=0", "not 1 to 9"),
        ("scylla://a/b?replication=dc1:3,dc2", "not like dc1:3"),
        ("scylla://a/b?consistency=one", "local or global"),
        ("scylla://a/b?colour=red", "nothing is called `colour`"),
    ] {
        let error = CqlOptions::parse(address).unwrap_err().to_string();
        assert!(error.contains(words), "{address}: {error}");
        assert!(!error.contains("secret"));
    }
}
