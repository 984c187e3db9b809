/**
 * Text of a model or a file as it may go to a terminal: of the control characters only line breaks and tabs are left,
 * so nothing in it moves the cursor, changes colours or speaks to the terminal itself; and nothing overrides the
 * direction of writing, which could show other words than are there.
 */
export function withoutControls(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, "");
}
