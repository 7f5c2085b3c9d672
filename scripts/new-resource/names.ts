/** What a resource is called, in kebab-case. */
export interface Names {
  /** The resource itself: `purchase-orders`. */
  readonly plural: string;
  /** One of its items: `purchase-order`. */
  readonly singular: string;
}

/**
 * The singular of an English plural.
 *
 * @returns undefined where its ending leaves it open, as in `people`, `houses` or `movies`
 */
export function guessSingular(plural: string): string | undefined {
  if (/(ss|x)es$/.test(plural)) return plural.slice(0, -2);
  const isOpen = !/[^s]s$/.test(plural) || /(us|is|ies|[cs]hes|[osvz]es)$/.test(plural);
  return isOpen ? undefined : plural.slice(0, -1);
}

/** The placeholder in its four ways of writing, with the article before it, if any. */
const PLACEHOLDER = /(?:\b([Aa])n? )?([Ss])ample([-_ ]?)[Ii]tem(s?)/g;

/** A text about sample items as a text about others: in each place their name is written as the placeholder was. */
export function rename(text: string, names: Names): string {
  return text.replaceAll(
    PLACEHOLDER,
    (_, article: string | undefined, first: string, separator: string, plural: string) => {
      const words = (plural ? names.plural : names.singular).split('-');
      const [head = '', ...rest] = separator ? [words.join(separator)] : words;
      const name = [first === 'S' ? capitalized(head) : head, ...rest.map(capitalized)].join('');
      return article ? `${article}${beginsWithVowel(head) ? 'n' : ''} ${name}` : name;
    },
  );
}

function capitalized(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1);
}

/** By its sound, as far as letters show it: `an order`, but `a user` and `a one-off`. */
function beginsWithVowel(word: string): boolean {
  return /^[aeiou]/.test(word) && !/^(eu|one|u(ni|s[ae]|t[aeiou]))/.test(word);
}
