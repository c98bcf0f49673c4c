import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';

import { cellOf } from './code';
import type { ICode } from './code';

const CELLS = 'application/vnd.jupyter.cells';
const TEXT = 'text/plain';
// So far the pointer moves before a press is a drag, as in JupyterLab's own lists.
const FAR = 5;

/** Let what is pressed be dragged into a notebook: into a cell it is an expression, between cells a cell. */
export function dragCode(press: PointerEvent, code: ICode): void {
  if (press.button !== 0) {
    return;
  }
  const move = (event: PointerEvent): void => {
    if (Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) >= FAR) {
      end();
      void carry(event, code);
    }
  };
  const end = (): void => {
    document.removeEventListener('pointermove', move, true);
    document.removeEventListener('pointerup', end, true);
    document.removeEventListener('pointercancel', end, true);
  };
  document.addEventListener('pointermove', move, true);
  document.addEventListener('pointerup', end, true);
  document.addEventListener('pointercancel', end, true);
}

async function carry(from: PointerEvent, code: ICode): Promise<void> {
  const mimeData = new MimeData();
  mimeData.setData(TEXT, code.expression);
  const picture = document.createElement('div');
  picture.className = 'tl-Drag';
  picture.textContent = code.expression;
  // A notebook takes cells also where they are dropped into an editor: over one, this is a text and nothing else.
  const follow = (event: PointerEvent): void => {
    const under = document.elementsFromPoint(event.clientX, event.clientY);
    if (under.some(element => element.closest('.jp-Editor') !== null)) {
      mimeData.clearData(CELLS);
      document
        .querySelectorAll('.jp-Notebook .jp-mod-dropTarget:not(.jp-Editor)')
        .forEach(element => element.classList.remove('jp-mod-dropTarget'));
    } else if (!mimeData.hasData(CELLS)) {
      mimeData.setData(CELLS, [
        { cell_type: 'code', source: cellOf(code), metadata: {}, outputs: [], execution_count: null }
      ]);
    }
  };
  // The window hears of it before the document, where the drag listens.
  window.addEventListener('pointermove', follow, true);
  const drag = new Drag({ mimeData, dragImage: picture, proposedAction: 'copy', supportedActions: 'copy' });
  await drag.start(from.clientX, from.clientY);
  window.removeEventListener('pointermove', follow, true);
  drag.dispose();
}
