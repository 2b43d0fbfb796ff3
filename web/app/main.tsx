import { render } from 'preact';

render(<h1>visavis</h1>, document.getElementById('app')!);
