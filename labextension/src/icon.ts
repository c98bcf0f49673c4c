import { LabIcon } from '@jupyterlab/ui-components';

const GREY = '#616161';
const BLUE = '#0072b2';

// `jp-icon3` takes the theme's colour.
const shield = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="${GREY}">
    <path fill-rule="evenodd" d="M12 2 4 5v6.2c0 4.9 3.3 9.3 8 10.8 4.7-1.5 8-5.9 8-10.8V5l-8-3zm0 2.1 6 2.3v4.8c0 3.9-2.5 7.3-6 8.7-3.5-1.4-6-4.8-6-8.7V6.4l6-2.3z"/>
    <path d="m10.9 15.9-3.6-3.6 1.4-1.4 2.2 2.2 4.6-4.6 1.4 1.4-6 6z"/>
  </g>
</svg>
`;

/** A shield with a tick. */
export const shieldIcon = new LabIcon({ name: 'trustlab:shield', svgstr: shield });

/** The same in colour, as an address: the launcher shows the cards of kernels and notebooks as pictures. */
export const shieldPicture = `data:image/svg+xml,${encodeURIComponent(shield.replace(GREY, BLUE))}`;
