import { QueryErrorResetBoundary } from "@tanstack/react-query";
import { Component, type ReactNode, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Failure } from "./Failure";

interface Props {
  children: ReactNode;
  reset: () => void;
  whole: boolean;
}

class Boundary extends Component<Props, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const again = (): void => {
      this.props.reset();
      this.setState({ error: undefined });
    };
    return this.state.error === undefined ? (
      this.props.children
    ) : (
      <Failure error={this.state.error} again={again} whole={this.props.whole} />
    );
  }
}

interface SceneProps {
  children: ReactNode;
  waiting?: ReactNode;
  /** Whether it is all of the page: then what has failed gives the page its title. */
  whole?: boolean;
}

/** A part of the page that waits and fails by itself. */
export function Scene({ children, waiting, whole = false }: SceneProps) {
  return (
    <QueryErrorResetBoundary>
      {({ reset }) => (
        <Boundary reset={reset} whole={whole}>
          <Suspense fallback={waiting === undefined ? <Waiting /> : waiting}>{children}</Suspense>
        </Boundary>
      )}
    </QueryErrorResetBoundary>
  );
}

function Waiting() {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("app.loading")} className="waiting">
      <span />
      <span />
      <span />
    </div>
  );
}
