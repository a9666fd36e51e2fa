import { QueryErrorResetBoundary } from "@tanstack/react-query";
import { Component, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "./Failure";

interface Props {
  children: ReactNode;
  reset: () => void;
  whole: boolean;
  of: string;
}

class Boundary extends Component<Props, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override componentDidUpdate({ of }: Props): void {
    if (of !== this.props.of && this.state.error !== undefined) this.again();
  }

  again = (): void => {
    this.props.reset();
    this.setState({ error: undefined });
  };

  override render(): ReactNode {
    return this.state.error === undefined ? (
      this.props.children
    ) : (
      <Failure error={this.state.error} again={this.again} whole={this.props.whole} />
    );
  }
}

interface SceneProps {
  children: ReactNode;
  waiting?: ReactNode;
  /** Whether it is all of the page: then what has failed gives the page its title. */
  whole?: boolean;
  /** What it shows, where that may change: what has failed is tried again then. */
  of?: string;
}

/** A part of the page that waits and fails by itself. */
export function Scene({ children, waiting, whole = false, of = "" }: SceneProps) {
  return (
    <QueryErrorResetBoundary>
      {({ reset }) => (
        <Boundary reset={reset} whole={whole} of={of}>
          <Suspense fallback={waiting === undefined ? <Waiting /> : waiting}>{children}</Suspense>
        </Boundary>
      )}
    </QueryErrorResetBoundary>
  );
}

/** Something is on its way. */
export function Waiting() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("app.loading")} className="waiting">
      <span />
      <span />
      <span />
    </div>
  );
}
