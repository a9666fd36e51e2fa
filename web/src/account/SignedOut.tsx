import { useQuery } from "@tanstack/react-query";
import { Alert, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { meQuery, type User, useMe } from "./me";

/** Milliseconds between two looks for whoever has signed in elsewhere. */
const PACE = 3_000;

/** Who has begun to write on a page, and whether he is signed in no more. */
export function useWriter(): { name: string; away: boolean } {
  const me = useMe();
  const [name] = useState(me?.name ?? "");
  return { name, away: (me?.name ?? "") !== name };
}

/** Whether somebody may write here. Who might a moment ago stays with what he has written, whatever has ended. */
export function useStays(writes: boolean): boolean {
  const [stays, stay] = useState(writes);
  if (writes && !stays) stay(true);
  return stays;
}

/** Whose account is shown: whoever is signed in, or was a moment ago, since what he typed would go with the page. */
export function useOwner(): User | null {
  const me = useMe();
  const [owner, setOwner] = useState(me);
  if (me && me !== owner) setOwner(me);
  return me ?? owner;
}

/** Stands beside what somebody writes once his session has ended: he signs in elsewhere, and goes on here. */
export function SignedOut() {
  const { name, away } = useWriter();
  return away ? <Notice name={name} /> : null;
}

function Notice({ name }: { name: string }) {
  const { t } = useTranslation();
  const { data: me } = useQuery({ ...meQuery, refetchInterval: PACE, refetchOnWindowFocus: "always" });
  return (
    <Alert
      type="warning"
      showIcon
      role="alert"
      className="trouble"
      title={t(me ? "login.other" : "login.ended", { name })}
      description={t("login.endedText", { name })}
      action={
        <Button href="/login?next=/account" target="_blank">
          {t("login.elsewhereTab")}
        </Button>
      }
    />
  );
}
