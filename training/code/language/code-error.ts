/** What can be wrong with a program: its spelling, its names, its values, how much it does, or what it claims. */
export type Fault = "syntax" | "name" | "type" | "limit" | "assertion";

/** A program that cannot be read, or that failed as it ran: one sentence, and the line, from 1. */
export class CodeError extends Error {
  override readonly name = "CodeError";
  readonly fault: Fault;
  readonly line: number;

  constructor(fault: Fault, line: number, sentence: string) {
    super(`Line ${line}: ${sentence}`);
    this.fault = fault;
    this.line = line;
  }
}
