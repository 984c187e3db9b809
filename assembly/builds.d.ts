/**
 * Given by asconfig.json: whether V8 is to join pairs of vectors into one of 256 bits. It begins at two stores side by
 * side and follows what they store, as long as both do the same, from memory side by side.
 */
declare const JOINS_VECTORS: boolean;
