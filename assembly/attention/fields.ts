/** Where the fields of a call are, for TypeScript: globals that are named as the fields. */
import { Call } from "./call";

export const attention_queries: usize = offsetof<Call>("queries");
export const attention_keys: usize = offsetof<Call>("keys");
export const attention_values: usize = offsetof<Call>("values");
export const attention_out: usize = offsetof<Call>("out");
export const attention_tokens: usize = offsetof<Call>("tokens");
export const attention_tokenStride: usize = offsetof<Call>("tokenStride");
export const attention_heads: usize = offsetof<Call>("heads");
export const attention_headSize: usize = offsetof<Call>("headSize");
export const attention_position: usize = offsetof<Call>("position");
export const attention_window: usize = offsetof<Call>("window");
export const attention_rows: usize = offsetof<Call>("rows");
export const attention_scale: usize = offsetof<Call>("scale");
export const attention_keyType: usize = offsetof<Call>("keyType");
export const attention_valueType: usize = offsetof<Call>("valueType");

/** The bytes of all fields, by which TypeScript sees that it knows them all. */
export const attention_size: usize = offsetof<Call>();
