/** Something that the reader has to fix before set-up can go on: a sentence says what, another how. */
export class SetupProblem extends Error {}
