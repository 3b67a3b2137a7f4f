/** Written by `./dev client` from the API's own document; change the server instead. */
export {};
