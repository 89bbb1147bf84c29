//! Objects: making, copying, finding, reading, changing and destroying them.

mod copy_object;
mod create_object;
mod destroy_objects;
mod find_objects;
mod read_attributes;
mod write_attributes;

pub use copy_object::CopyObject;
pub use create_object::CreateObject;
pub use destroy_objects::DestroyObjects;
pub use find_objects::FindObjects;
pub use read_attributes::{ReadAttributes, Reading};
pub use write_attributes::WriteAttributes;
