import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import type { Chosen } from './chosen';

/** What the section's buttons ask for. */
export interface IAuditActions {
  audit(): void;
  policy(): void;
  compare(pair: { readonly old: string; readonly new: string }): void;
}

/** What stands above the audits: a new one, the policy, and the comparison once two are chosen. */
export function AuditsHead(props: { chosen: Chosen; actions: IAuditActions; trans: TranslationBundle }): JSX.Element {
  const { chosen, actions, trans } = props;
  const { pair } = chosen;
  return (
    <div className="tl-Head">
      <button type="button" className="jp-mod-styled jp-mod-accept" onClick={() => actions.audit()}>
        {trans.__('Audit …')}
      </button>
      <button type="button" className="jp-mod-styled" onClick={() => actions.policy()}>
        {trans.__('Policy')}
      </button>
      {chosen.count === 0 ? null : (
        <span role="status" className="tl-Head-status">
          {pair === null ? (
            trans.__('One audit chosen: choose another to compare.')
          ) : (
            <button type="button" className="jp-mod-styled" onClick={() => actions.compare(pair)}>
              {trans.__('Compare the two')}
            </button>
          )}
        </span>
      )}
    </div>
  );
}
