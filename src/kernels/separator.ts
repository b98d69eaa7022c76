/** The separators of String.split that the kernels know: a literal string, or a class of characters such as \W+ or [,;]. */
export type Separator =
  | { readonly kind: "literal"; readonly text: string }
  | {
      readonly kind: "class";
      readonly source: string;
      readonly flags: string;
      /** A bit for each ASCII character, and whether all others are in the class. */
      readonly bits: readonly [number, number, number, number];
      readonly others: boolean;
      /** Whether a run of them is one separator. */
      readonly repeat: boolean;
    };
