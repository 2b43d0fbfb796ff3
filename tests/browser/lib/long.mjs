// `./dev test --long`: what is too much for every day as well, and what is measured several times.
export const kIsLong = process.env.VISAVIS_LONG === '1';
