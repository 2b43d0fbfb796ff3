// The 64 pictures of the safety code, in the order of their numbers. All are older than Unicode 6.1, so that phones of 2013 have them;
// what each is called is in the locales and, in English, here and in docs/protocol.md. The words sound different from each other in each
// of the page's languages.

export const kPictures = [
  ['dog', '🐶'], ['cat', '🐱'], ['tiger', '🐯'], ['horse', '🐴'], ['elephant', '🐘'], ['camel', '🐫'], ['rabbit', '🐰'], ['bear', '🐻'],
  ['monkey', '🐵'], ['cow', '🐮'], ['sheep', '🐑'], ['crocodile', '🐊'], ['turtle', '🐢'], ['snake', '🐍'], ['fish', '🐟'], ['whale', '🐳'],
  ['octopus', '🐙'], ['dolphin', '🐬'], ['cactus', '🌵'], ['rose', '🌹'], ['mushroom', '🍄'], ['moon', '🌙'], ['sun', '☀️'], ['star', '⭐'],
  ['cloud', '☁️'], ['umbrella', '☂️'], ['snowman', '⛄'], ['rainbow', '🌈'], ['fire', '🔥'], ['apple', '🍎'], ['banana', '🍌'], ['grapes', '🍇'],
  ['watermelon', '🍉'], ['lemon', '🍋'], ['tomato', '🍅'], ['cherry', '🍒'], ['bread', '🍞'], ['ice_cream', '🍦'], ['cup', '☕'], ['castle', '🏰'],
  ['bell', '🔔'], ['lock', '🔒'], ['rocket', '🚀'], ['book', '📖'], ['pencil', '✏️'], ['piano', '🎹'], ['hammer', '🔨'], ['watch', '⌚'],
  ['glasses', '👓'], ['volcano', '🌋'], ['shirt', '👕'], ['diamond', '💎'], ['gift', '🎁'], ['balloon', '🎈'], ['football', '⚽'], ['guitar', '🎸'],
  ['bicycle', '🚲'], ['train', '🚂'], ['aeroplane', '✈️'], ['helicopter', '🚁'], ['anchor', '⚓'], ['boat', '⛵'], ['box', '📦'], ['television', '📺'],
] as const;

export type PictureName = (typeof kPictures)[number][0];
