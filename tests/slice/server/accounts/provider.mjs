// A provider of identities for the tests: `node provider.mjs FOLDER PORT REDIRECT`.
import { pathToFileURL } from "node:url";

const [folder, port, redirect] = process.argv.slice(2);
const { Provider } = await import(pathToFileURL(`${folder}/node_modules/oidc-provider/lib/index.js`));

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "starwhale", client_secret: "a-secret-of-the-test", redirect_uris: [redirect] }],
  claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email", "email_verified"] },
  pkce: { required: () => true },
  cookies: { keys: ["for the test"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: id,
      preferred_username: id.split("@")[0],
      email: `${id.split("@")[0]}@${id.split("@")[1] || "example.com"}`,
      email_verified: !id.startsWith("unverified"),
    }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
