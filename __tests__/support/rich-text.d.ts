declare module 'rich-text' {
  const richText: { type: import('sharedb').Type & { uri: string } };
  export default richText;
}
