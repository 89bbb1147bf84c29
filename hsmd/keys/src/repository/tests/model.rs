//! Random sequences of calls, compared with a list that is searched from front to back.

use hsm_algorithms::pkcs11::{CKA_VALUE_LEN, CKO_PRIVATE_KEY};
use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Step {
    Insert {
        label: u8,
        id: Option<u8>,
        is_private_key: bool,
        session: Option<u8>,
    },
    Relabel {
        object: prop::sample::Index,
        label: Option<u8>,
    },
    Remove {
        objects: Vec<prop::sample::Index>,
    },
    Forget {
        application: u8,
    },
    Find {
        label: Option<u8>,
        id: Option<u8>,
        is_private_key: Option<bool>,
        number: bool,
        application: Option<u8>,
        limit: usize,
    },
}

fn any_step() -> impl Strategy<Value = Step> {
    use prop::option::of;
    prop_oneof![
        5 => (0..4_u8, of(0..4_u8), any::<bool>(), prop::option::weighted(0.3, 0..2_u8))
            .prop_map(|(label, id, is_private_key, session)| Step::Insert { label, id, is_private_key, session }),
        2 => (any::<prop::sample::Index>(), of(0..4_u8)).prop_map(|(object, label)| Step::Relabel { object, label }),
        1 => prop::collection::vec(any::<prop::sample::Index>(), 1..4).prop_map(|objects| Step::Remove { objects }),
        1 => (0..2_u8).prop_map(|application| Step::Forget { application }),
        4 => (of(0..4_u8), of(0..4_u8), of(any::<bool>()), prop::bool::weighted(0.2), of(0..2_u8), 1..5_usize).prop_map(
            |(label, id, is_private_key, number, application, limit)| {
                Step::Find { label, id, is_private_key, number, application, limit }
            },
        ),
    ]
}

fn application(number: u8) -> ApplicationId {
    ApplicationId::from_bytes([number; 16])
}

fn class(is_private_key: bool) -> u64 {
    if is_private_key {
        CKO_PRIVATE_KEY
    } else {
        CKO_SECRET_KEY
    }
}

#[expect(clippy::too_many_lines, reason = "one arm for each step")]
async fn check(steps: Vec<Step>) {
    let store = Arc::new(Memory::default());
    let repository = open_in(&store).await;
    let partition = partition(&repository).await;
    let mut model: Vec<Arc<Object>> = Vec::new();
    for step in steps {
        match step {
            Step::Insert {
                label,
                id,
                is_private_key,
                session,
            } => {
                let mut object = new_object(&repository, partition, "");
                object.attributes.insert(CKA_LABEL, vec![label]);
                object.attributes.insert(CKA_CLASS, class(is_private_key));
                match id {
                    Some(id) => drop(object.attributes.insert(CKA_ID, vec![id])),
                    None => drop(object.attributes.remove(CKA_ID)),
                }
                if let Some(session) = session {
                    object.lifetime = Lifetime::Session(application(session));
                }
                model.extend(insert(&repository, vec![object]).await.unwrap());
            }
            Step::Relabel { object, label } if !model.is_empty() => {
                let index = object.index(model.len());
                let mut object = Object::clone(&model[index]);
                match label {
                    Some(label) => drop(object.attributes.insert(CKA_LABEL, vec![label])),
                    None => drop(object.attributes.remove(CKA_LABEL)),
                }
                model[index] = repository.replace(object).await.unwrap();
            }
            Step::Remove { objects } if !model.is_empty() => {
                let ids: Vec<_> = objects
                    .iter()
                    .map(|object| model[object.index(model.len())].id)
                    .collect();
                repository.remove(partition, &ids).await.unwrap();
                model.retain(|object| !ids.contains(&object.id));
            }
            Step::Relabel { .. } | Step::Remove { .. } => {}
            Step::Forget {
                application: number,
            } => {
                repository.forget_application(application(number));
                model.retain(|object| object.application() != Some(application(number)));
            }
            Step::Find {
                label,
                id,
                is_private_key,
                number,
                application: number_of_application,
                limit,
            } => {
                let mut template = Attributes::new();
                template.extend(label.map(|label| (CKA_LABEL, vec![label].into())));
                template.extend(id.map(|id| (CKA_ID, vec![id].into())));
                template.extend(
                    is_private_key.map(|is_private_key| (CKA_CLASS, class(is_private_key).into())),
                );
                template.extend(number.then_some((CKA_VALUE_LEN, 32.into())));
                let asking = number_of_application.map(application);
                let is_found = |object: &&Arc<Object>| {
                    (object.lifetime == Lifetime::Token || object.application() == asking)
                        && object.attributes.matches(&template)
                };
                let expected: Vec<_> = model.iter().filter(is_found).cloned().collect();
                let mut query = Query {
                    template: template.clone(),
                    includes_private: true,
                    application: asking,
                    after: None,
                    limit,
                };
                let mut found = Vec::new();
                loop {
                    let page = repository.find(partition, &query).unwrap();
                    assert!(page.objects.len() == limit || page.is_last_page);
                    found.extend(page.objects);
                    query.after = found.last().map(|object: &Arc<Object>| object.id);
                    if page.is_last_page {
                        break;
                    }
                }
                assert_eq!(found, expected);
            }
        }
        let sessions = model
            .iter()
            .filter(|object| object.application().is_some())
            .count() as u64;
        let counts = Counts {
            token_objects: model.len() as u64 - sessions,
            session_objects: sessions,
        };
        assert_eq!(repository.counts(partition), counts);
    }
    model.retain(|object| object.lifetime == Lifetime::Token);
    let everything = Query {
        includes_private: true,
        limit: usize::MAX,
        ..Query::default()
    };
    assert_eq!(
        open_in(&store)
            .await
            .find(partition, &everything)
            .unwrap()
            .objects,
        model,
        "after a restart"
    );
}

proptest! {
    #[test]
    fn the_repository_answers_as_a_simple_list_would(steps in prop::collection::vec(any_step(), 0..40)) {
        block_on(check(steps));
    }
}
