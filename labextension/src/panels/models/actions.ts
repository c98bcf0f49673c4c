import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAsking } from '../../asking';
import type { IRowAction } from '../../components/virtual';
import type { ModelsModel, Row } from './model';
import { modelRef, subjectOf, tagOf } from './records';

/** What can be done with a version, as buttons at its right. */
export function actionsOf(
  row: Row,
  model: ModelsModel,
  services: IAsking,
  trans: TranslationBundle
): readonly IRowAction[] {
  if (row.kind !== 'version') {
    return [];
  }
  const { version } = row;
  const [ref, picked] = [modelRef(version), model.picked];
  const other = picked !== null && modelRef(picked) !== ref ? modelRef(picked) : null;
  const chosen = picked !== null && other === null;
  const data = tagOf(version, 'data.name');
  const compare: IRowAction = {
    label: trans.__('Compare %1 with %2 …', other ?? '', ref),
    icon: '±',
    run: () => services.form('compare', { candidates: [other, ref], ...(data === null ? {} : { data }) })
  };
  const champion: IRowAction = {
    label: trans.__('Make %1 the champion …', ref),
    icon: '★',
    run: () => services.form('model.champion', { model: ref })
  };
  return [
    { label: trans.__('Audit %1 …', ref), icon: '✓', run: () => services.form('audit', subjectOf(version)) },
    { label: trans.__('Explain %1 …', ref), icon: '?', run: () => services.form('explain', subjectOf(version)) },
    ...(other === null ? [] : [compare]),
    {
      label: chosen ? trans.__('Compare with %1 no more', ref) : trans.__('Compare others with %1', ref),
      icon: chosen ? '◉' : '○',
      run: () => model.pick(chosen ? null : version)
    },
    ...(version.champion ? [] : [champion]),
    { label: trans.__('The audits of %1', ref), icon: '☰', run: () => model.show(version) },
    {
      label: trans.__('The whole story of %1 as a page …', ref),
      icon: '⇪',
      run: () => services.form('dashboard.export', { name: 'model', target: `${version.name}-${version.version}.html`, about: ref })
    }
  ];
}
