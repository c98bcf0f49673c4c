"""The page's script: it filters, copies, and opens everything for the printer; reading needs none of it."""

SCRIPT = r"""
(function(){
'use strict';
var doc=document,all=[].slice.call(doc.querySelectorAll('.tl-finding'));
var groups=[].slice.call(doc.querySelectorAll('.tl-family'));
var parts=[].slice.call(doc.querySelectorAll('main section'));
var box=doc.querySelector('.tl-filter');
function has(part){return part.querySelector('.tl-finding:not([hidden])')!==null;}
function setUp(){
var family=doc.getElementById('tl-family'),status=doc.getElementById('tl-status');
var search=doc.getElementById('tl-search');
var count=box.querySelector('.tl-count'),open=box.querySelector('.tl-open'),before=null;
var texts=all.map(function(one){return (one.id+' '+one.querySelector('summary').textContent).toLowerCase();});
function narrow(){
var asked=search.value.toLowerCase().split(/\s+/).filter(Boolean),narrowed=asked.length||family.value||status.value;
var left=0;
all.forEach(function(one,at){
var kept=(!family.value||one.dataset.family===family.value)&&(!status.value||one.dataset.status===status.value)&&
asked.every(function(word){return texts[at].indexOf(word)>=0;});
one.hidden=!kept;left+=kept?1:0;});
if(narrowed&&!before){before=groups.map(function(one){return one.open;});}
groups.forEach(function(one,at){one.hidden=!has(one);
if(narrowed){one.open=true;}else if(before){one.open=before[at];}});
if(!narrowed){before=null;}
parts.forEach(function(one){if(one.querySelector('.tl-finding')){one.hidden=!has(one);}});
count.textContent=narrowed?left+' of '+all.length+(all.length===1?' check':' checks'):'';
}
box.hidden=false;
[family,status].forEach(function(one){one.addEventListener('change',narrow);});
search.addEventListener('input',narrow);
open.addEventListener('click',function(){
var wanted=open.getAttribute('aria-pressed')!=='true';
open.setAttribute('aria-pressed',String(wanted));open.textContent=wanted?'Close all':'Open all';
all.concat(groups).forEach(function(one){if(!one.hidden){one.open=wanted;}});});
}
if(box){setUp();}
function copied(button,well){
button.textContent=well?'Copied':'Press Ctrl+C';setTimeout(function(){button.textContent='Copy';},2000);}
function select(code){
var range=doc.createRange();range.selectNodeContents(code);
var chosen=getSelection();chosen.removeAllRanges();chosen.addRange(range);
try{return doc.execCommand('copy');}catch(error){return false;}}
[].slice.call(doc.querySelectorAll('.tl-copy')).forEach(function(button){
button.hidden=false;
button.addEventListener('click',function(){
var code=button.parentNode.querySelector('pre');
if(navigator.clipboard&&isSecureContext){
navigator.clipboard.writeText(code.textContent).then(function(){copied(button,true);},function(){copied(button,select(code));});
}else{copied(button,select(code));}});});
function reveal(){
var one=location.hash?doc.getElementById(decodeURIComponent(location.hash.slice(1))):null;
for(var at=one;at&&at!==doc.body;at=at.parentElement){if(at.tagName==='DETAILS'){at.open=true;}}
if(one){one.scrollIntoView();}}
addEventListener('hashchange',reveal);reveal();
var shut=[];
addEventListener('beforeprint',function(){shut=[].slice.call(doc.querySelectorAll('details:not([open])'));
shut.forEach(function(one){one.open=true;});});
addEventListener('afterprint',function(){shut.forEach(function(one){one.open=false;});});
})();
"""
