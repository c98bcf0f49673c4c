import type { TranslationBundle } from '@jupyterlab/translation';

import type { Parameters } from '../../api';
import type { IAsking } from '../../asking';
import type { IRowAction } from '../../components/virtual';
import { codeFor, codeOf } from './code';
import type { ICode } from './code';
import type { DataModel, Row } from './model';
import { refOf } from './records';
import type { ICommit, IPlace } from './records';

/** What the section asks of the rest of JupyterLab. */
export interface IDataServices extends IAsking {
  /** Write code into a new cell of the notebook. */
  insert(code: ICode): void;
  /** Put a file into the server's folder, and answer with its path; null where somebody said no. */
  upload(file: File): Promise<string | null>;
}

/** What can be done with a row, as buttons at its right. */
export function actionsOf(
  row: Row,
  model: DataModel,
  services: IDataServices,
  trans: TranslationBundle
): readonly IRowAction[] {
  const show = (operation: string, parameters: Parameters): void =>
    void services.show(operation, parameters).catch((error: unknown) => model.fail(error));
  switch (row.kind) {
    case 'commit':
      return commitActions(row.commit, model, services, show, trans);
    case 'branch': {
      const ref = `${row.branch.repo}@${row.branch.branch}`;
      const checkout = (): void => services.form('data.checkout', { ref });
      return [{ label: trans.__('Check out %1 …', ref), icon: '↓', run: checkout }];
    }
    case 'place':
      return placeActions(row.place, model, services, trans);
  }
}

function commitActions(
  commit: ICommit,
  model: DataModel,
  services: IDataServices,
  show: (operation: string, parameters: Parameters) => void,
  trans: TranslationBundle
): readonly IRowAction[] {
  const [ref, picked] = [refOf(commit), model.picked];
  const other = picked !== null && picked.commit !== commit.commit ? picked : null;
  const before = other === null ? null : refOf(other);
  const differ: IRowAction = {
    label: before === null ? trans.__('What changed in %1', ref) : trans.__('What differs from %1 to %2', before, ref),
    icon: '±',
    run: () => show('data.diff', before === null ? { before: ref } : { before, after: ref })
  };
  const chosen = picked?.commit === commit.commit;
  const drift: IRowAction = {
    label: trans.__('Look for drift from %1 to %2', before ?? '', ref),
    icon: '≈',
    run: () => show('drift', { reference: before, current: ref })
  };
  return [
    ...(commit.parents.length > 0 || other !== null ? [differ] : []),
    ...(other === null ? [] : [drift]),
    {
      label: chosen ? trans.__('Compare with %1 no more', ref) : trans.__('Compare others with %1', ref),
      icon: chosen ? '◉' : '○',
      run: () => model.pick(chosen ? null : commit)
    },
    {
      label: trans.__('Train a model on %1 …', ref),
      icon: '▶',
      run: () => services.form('train', { data: ref })
    },
    {
      label: trans.__('Check out %1 …', ref),
      icon: '↓',
      run: () => services.form('data.checkout', { ref })
    },
    {
      label: trans.__('Where %1 comes from, and what was made of it', ref),
      icon: '↥',
      run: () => show('data.show', { ref, provenance: true })
    },
    {
      label: trans.__('The files of %1', ref),
      icon: '☰',
      run: () => model.openFiles(ref, '', commit.repo)
    },
    {
      label: trans.__('Insert %1 into the notebook', ref),
      icon: '↵',
      run: () => services.insert(codeOf(commit))
    }
  ];
}

function placeActions(
  place: IPlace,
  model: DataModel,
  services: IDataServices,
  trans: TranslationBundle
): readonly IRowAction[] {
  if (place.type === 'mount') {
    const keep = (): void => services.form('data.commit', { source: [place.path] });
    return [{ label: trans.__('Keep what is in %1 now as a version …', place.path), icon: '+', run: keep }];
  }
  const code = placeCode(place, model);
  return code === null
    ? []
    : [{ label: trans.__('Insert %1 into the notebook', place.path), icon: '↵', run: () => services.insert(code) }];
}

/** The code that reads a file of the level that is shown; null for what is no file. */
export function placeCode(place: IPlace, model: DataModel): ICode | null {
  const { level } = model;
  if (level.kind !== 'files' || (place.type !== 'file' && place.type !== 'table')) {
    return null;
  }
  return codeFor(level.ref, place.type === 'table' ? `${place.path}.parquet` : place.path);
}
