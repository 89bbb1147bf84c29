//! `ListKeyRotations`.

use hsmd_operations::{Operation, kms};

use super::Route;
use super::answers::{listed, moment};
use crate::model::{
    IncludeKeyMaterial, ListKeyRotationsRequest, ListKeyRotationsResponse, RotationsListEntry,
};

impl Route for ListKeyRotationsRequest {
    type Operation = kms::ListKeyRotations;
    type Response = ListKeyRotationsResponse;

    fn operation(self) -> Result<kms::ListKeyRotations, kms::Error> {
        let Self {
            key_id,
            include_key_material,
            limit,
            marker,
        } = self;
        Ok(kms::ListKeyRotations {
            key: kms::KeyReference::parse(&key_id),
            includes_all_material: include_key_material == Some(IncludeKeyMaterial::AllKeyMaterial),
            page: kms::PageRequest { limit, marker },
        })
    }

    fn response(output: <kms::ListKeyRotations as Operation>::Output) -> ListKeyRotationsResponse {
        ListKeyRotationsResponse {
            truncated: Some(output.next_marker.is_some()),
            next_marker: output.next_marker,
            rotations: Some(output.entries.into_iter().map(rotation).collect()),
        }
    }
}

fn rotation(entry: kms::RotationEntry) -> RotationsListEntry {
    let import = entry.import.as_ref();
    RotationsListEntry {
        expiration_model: import
            .and_then(|import| import.expiration_model)
            .and_then(listed),
        import_state: import.and_then(|import| listed(import.state)),
        key_id: Some(entry.key_arn),
        key_material_description: import
            .map(|import| import.description.clone())
            .filter(|description| !description.is_empty()),
        key_material_id: Some(entry.material_id),
        key_material_state: listed(entry.material_state),
        rotation_date: entry.rotated.map(|(at, _)| moment(at)),
        rotation_type: entry.rotated.and_then(|(_, how)| listed(how)),
        valid_to: import
            .and_then(|import| import.valid_to_unix_milliseconds)
            .map(moment),
    }
}
