import { createRoot } from "react-dom/client";
import { forgetOthers, meQuery } from "./account/me";
import { createAsking } from "./api/asking";
import { Fault } from "./api/fault";
import { begin, bring } from "./i18n";
import { House } from "./shell/House";
import { nonce, signStyles } from "./shell/nonce";
import { watchParts } from "./shell/parts";
import "./shell/house.css";

watchParts();

const root = document.getElementById("root");
if (!root) throw new Error("the page has no place to show anything in");
signStyles(nonce);
const asking = createAsking();
forgetOthers(asking);
void asking.prefetchQuery(meQuery);
await begin();
const onCaughtError = (error: unknown): void => {
  // What the server refuses is told on the page; anything else is a fault of ours.
  if (!(error instanceof Fault)) reportError(error);
};
createRoot(root, { onCaughtError }).render(<House asking={asking} />);
// What codes of the server mean is not needed to show a page; until it is there the server speaks for itself.
void bring("problem").catch(() => undefined);
