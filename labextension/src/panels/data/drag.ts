import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';

import { cellOf } from './code';
import type { ICode } from './code';

const CELLS = 'application/vnd.jupyter.cells';
const TEXT = 'text/plain';
// So far the pointer moves before a press is a drag, as in JupyterLab's own lists.
const FAR = 5;

/**
 * Let what is pressed be dragged into a notebook: into a cell it is an expression, between cells a cell.
 *
 * @param known - What it is as long as `code` has not answered.
 */
export function dragCode(press: PointerEvent, known: ICode, code: Promise<ICode>): void {
  if (press.button !== 0) {
    return;
  }
  const mimeData = new MimeData();
  fill(mimeData, known);
  // A drop reads the data when it happens, which is later than this answer.
  code.then(
    found => fill(mimeData, found),
    () => undefined
  );
  const move = (event: PointerEvent): void => {
    if (Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) < FAR) {
      return;
    }
    end();
    const picture = document.createElement('div');
    picture.className = 'tl-Drag';
    picture.textContent = String(mimeData.getData(TEXT));
    const drag = new Drag({ mimeData, dragImage: picture, proposedAction: 'copy', supportedActions: 'copy' });
    void drag.start(event.clientX, event.clientY).then(() => drag.dispose());
  };
  const end = (): void => {
    document.removeEventListener('pointermove', move, true);
    document.removeEventListener('pointerup', end, true);
  };
  document.addEventListener('pointermove', move, true);
  document.addEventListener('pointerup', end, true);
}

function fill(mimeData: MimeData, code: ICode): void {
  mimeData.setData(TEXT, code.expression);
  mimeData.setData(CELLS, [
    { cell_type: 'code', source: cellOf(code), metadata: {}, outputs: [], execution_count: null }
  ]);
}
