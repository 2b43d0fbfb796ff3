declare module '*.md' {
  const text: string;
  export default text;
}

declare module '*.h' {
  const text: string;
  export default text;
}
