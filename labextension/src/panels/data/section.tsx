import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { useSignal } from '../../components/signal';
import { Teach } from '../../components/teach';
import { Trouble } from '../../components/trouble';
import { VirtualList } from '../../components/virtual';
import { actionsOf, placeCode } from './actions';
import type { IDataServices } from './actions';
import { codeFor, codeOf } from './code';
import { dragCode } from './drag';
import type { DataModel, Level, Row } from './model';
import { refOf, repoOf } from './records';
import { DataRow } from './rows';

/** The section as elements. */
export function DataSection(props: {
  model: DataModel;
  services: IDataServices;
  trans: TranslationBundle;
  retry: () => void;
}): JSX.Element {
  const { model, services, trans, retry } = props;
  useSignal(model.changed);
  const chooser = React.useRef<HTMLInputElement>(null);
  const [busy, setBusy] = React.useState<string | null>(null);
  const [over, setOver] = React.useState(false);
  const bring = async (files: FileList | null): Promise<void> => {
    const [file, ...others] = files ?? [];
    if (!file) {
      return;
    }
    if (others.length > 0) {
      model.fail(trans.__('One file at a time; to bring a whole folder, drop it on the file browser and commit it from there.'));
      return;
    }
    setBusy(file.name);
    try {
      const path = await services.upload(file);
      if (path !== null) {
        services.form('data.commit', commitOf(model.level, path));
      }
      model.fail(null);
    } catch (error) {
      model.fail(error);
    }
    setBusy(null);
  };
  const choose = (): void => chooser.current?.click();
  return (
    <div
      className={over ? 'tl-Data-frame tl-mod-over' : 'tl-Data-frame'}
      onDragOver={event => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={event => {
        event.preventDefault();
        setOver(false);
        void bring(event.dataTransfer.files);
      }}
    >
      <div className="tl-Bar">
        <Trail model={model} trans={trans} />
        <button type="button" className="jp-mod-styled tl-Bar-button" disabled={busy !== null} onClick={choose}>
          {trans.__('Import a file')}
        </button>
      </div>
      <input
        ref={chooser}
        type="file"
        hidden
        aria-label={trans.__('The file to import')}
        onChange={event => {
          const { files } = event.target;
          void bring(files).finally(() => {
            if (chooser.current) {
              chooser.current.value = ''; // The same file may be chosen again.
            }
          });
        }}
      />
      {busy === null ? null : (
        <p className="tl-Waiting" role="status">
          {trans.__('Bringing %1 …', busy)}
        </p>
      )}
      {model.trouble === null ? null : (
        <Trouble error={model.trouble} trans={trans} onRetry={() => model.fail(null)} />
      )}
      <VirtualList<Row>
        key={model.trail.map(level => JSON.stringify(level)).join()}
        model={model.pages}
        label={titleOf(model.level, trans)}
        trans={trans}
        filter={model.level.kind === 'versions' ? trans.__('october ann') : trans.__('loans')}
        empty={emptyOf(model, trans, choose)}
        row={row => <DataRow row={row} picked={model.picked} trans={trans} />}
        open={row => open(row, model, services)}
        actions={row => actionsOf(row, model, services, trans)}
        drag={(row, event) => drag(row, event.nativeEvent, model)}
        retry={retry}
      />
    </div>
  );
}

/** Where one is; each level above is a button. */
function Trail(props: { model: DataModel; trans: TranslationBundle }): JSX.Element {
  const { model, trans } = props;
  return (
    <nav className="tl-Trail" aria-label={trans.__('Where in the data')}>
      {model.trail.map((level, at) =>
        at === model.trail.length - 1 ? (
          <span key={at} aria-current="location">
            {titleOf(level, trans)}
          </span>
        ) : (
          <button key={at} type="button" onClick={() => model.up(at)}>
            {titleOf(level, trans)}
          </button>
        )
      )}
    </nav>
  );
}

function titleOf(level: Level, trans: TranslationBundle): string {
  switch (level.kind) {
    case 'names':
      return trans.__('all data');
    case 'branches':
      return level.repo;
    case 'versions':
      return level.branch;
    case 'files':
      return level.folder.split('/').filter(Boolean).at(-1) ?? level.ref;
  }
}

function emptyOf(model: DataModel, trans: TranslationBundle, choose: () => void): React.ReactElement {
  const { level } = model;
  if (level.kind === 'names') {
    return (
      <Teach
        sentence={trans.__('No data is kept here yet; a file that you import becomes the first version.')}
        button={trans.__('Import a file')}
        onClick={choose}
      />
    );
  }
  return (
    <Teach
      sentence={trans.__('There is nothing in %1.', titleOf(level, trans))}
      button={trans.__('Back to all data')}
      onClick={() => model.up(0)}
    />
  );
}

/** What the form of a commit is filled in with: where one stands, the file goes there. */
function commitOf(level: Level, path: string): Record<string, unknown> {
  const source = [path];
  switch (level.kind) {
    case 'names':
      return { repo: repoOf(path), source };
    case 'branches':
      return { repo: level.repo, source };
    case 'versions':
      return { repo: level.repo, source, branch: level.branch };
    case 'files':
      return { repo: level.repo ?? repoOf(path), source };
  }
}

function open(row: Row, model: DataModel, services: IDataServices): void {
  switch (row.kind) {
    case 'place':
      openPlace(row, model, services);
      break;
    case 'branch':
      model.openBranch(row.branch);
      break;
    case 'commit':
      services.show('data.show', { ref: refOf(row.commit) }).catch((error: unknown) => model.fail(error));
      break;
  }
}

function openPlace(row: Row & { kind: 'place' }, model: DataModel, services: IDataServices): void {
  const { path, type } = row.place;
  const { level } = model;
  if (type === 'repo') {
    void model.openRepo(path);
  } else if (type === 'mount') {
    model.openFiles(path, '', null);
  } else if (type === 'folder' && level.kind === 'files') {
    model.openFiles(level.ref, path, level.repo);
  } else if (level.kind === 'files') {
    services.show('data.read', { data: `${level.ref}:${path}` }).catch((error: unknown) => model.fail(error));
  }
}

function drag(row: Row, event: PointerEvent, model: DataModel): void {
  if (row.kind === 'commit') {
    dragCode(event, codeOf(row.commit));
  } else if (row.kind === 'branch') {
    const { repo, branch } = row.branch;
    dragCode(event, codeFor(`${repo}@${branch}`, null));
  } else {
    const code = placeCode(row.place, model);
    if (code !== null) {
      dragCode(event, code);
    }
  }
}
