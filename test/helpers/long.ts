/** Whether the tests take their time, as before a release: LLAMA2_LONG_TESTS=1. They try more, not something else. */
export const isLong: boolean = process.env["LLAMA2_LONG_TESTS"] === "1";
