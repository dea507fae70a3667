import { execFileSync } from 'node:child_process'
import { mkdtempSync, mkdirSync, writeFileSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { startEmulator } from '@chatlayer-tables/emulator'
import { spawn } from 'node:child_process'
const cols = [{name:'code',type:'text'},{name:'name',type:'text'}] as const
const emulator = await startEmulator({ tables: [{ name: 't', columns: cols as any, records: [] }] })
const env = { CHATLAYER_BASE_URL: emulator.url, CHATLAYER_TEAM_ID: emulator.teamId, CHATLAYER_BOT_ID: emulator.botId, CHATLAYER_TOKEN: emulator.token, PATH: process.env.PATH }
const folder = mkdtempSync('/tmp/exp-')
const home = join(folder,'home'); mkdirSync(home)
async function clt(args: string[], more: any = {}, input='') {
  const t = performance.now()
  const child = spawn(process.execPath, [new URL('../dist/bin.js', import.meta.url).pathname, ...args], { env: { HOME: home, ...env, ...more }, cwd: folder })
  let o='', e=''; child.stdout.on('data', d=>o+=d); child.stderr.on('data', d=>e+=d)
  child.stdin.on('error',()=>{}); child.stdin.end(input)
  const code = await new Promise(r=>child.on('close', r))
  console.log(`--- clt ${args.join(' ')} [${JSON.stringify(more)}] -> ${code} in ${Math.round(performance.now()-t)} ms\n${o.slice(0,1500)}${e.slice(0,3000)}`)
  return {code,o,e}
}
const disk = join(folder,'disk'); mkdirSync(disk)
execFileSync('mount',['-t','tmpfs','-o','size=1m','tmpfs',disk])
const fill = (left: number) => { rmSync(join(disk,'fill'),{force:true}); const {bavail,bsize}=statfsSync(disk); writeFileSync(join(disk,'fill'), Buffer.alloc(Math.max(0,bavail*bsize-left))) }
const rows = Array.from({length: 12000},(_,i)=>`c${i},name ${'x'.repeat(20)} ${i}`)
writeFileSync(join(folder,'big.csv'), 'code,name\n'+rows.join('\n')+'\n')
writeFileSync(join(folder,'small.csv'), 'code,name\na,b\nc,d\n')
const which = process.argv[2] ?? 'all'
const state = { XDG_STATE_HOME: disk }
try {
  if (which==='all'||which==='import') {
    fill(250_000)
    await clt(['import','t','big.csv','--no-journal'], state)
    console.log('in table', emulator.records ? '' : '')
    await clt(['jobs','list'], state)
    rmSync(join(disk,'fill'),{force:true})
    execFileSync('mount',['-o','remount,size=60m',disk])
    await clt(['jobs','resume'], state)
    await clt(['records','count','t'], state)
  }
  if (which==='all'||which==='journal') {
    rmSync(join(disk,'chatlayer-tables'),{recursive:true,force:true})
    fill(500_000)
    await clt(['import','t','big.csv'], state)
    await clt(['jobs','list'], state)
    await clt(['changes','list'], state)
    rmSync(join(disk,'chatlayer-tables'),{recursive:true,force:true})
    fill(250_000)
    await clt(['records','insert','t','--yes'], state, Array.from({length:5000},(_,i)=>JSON.stringify({code:`i${i}`,name:'x'.repeat(100)})).join('\n'))
    fill(0)
    await clt(['import','t','small.csv'], state)
    await clt(['import','t','small.csv','--no-journal'], state)
    await clt(['records','insert','t','--set','code=x','--yes'], state)
  }
  if (which==='all'||which==='state') {
    await clt(['import','t','small.csv'], { HOME: '/proc/nope' })
    await clt(['import','t','small.csv','--check'], { HOME: '/proc/nope' })
    await clt(['records','insert','t','--set','code=x','--yes'], { HOME: '/proc/nope' })
    await clt(['records','insert','t','--set','code=x','--yes','--no-journal'], { HOME: '/proc/nope' })
    await clt(['records','list','t','--limit','1'], { HOME: '/proc/nope' })
    await clt(['records','list','t','--limit','1'], { HOME: '' })
    await clt(['import','t','small.csv'], { HOME: '' })
    await clt(['jobs','list'], { HOME: '' })
    await clt(['changes','list'], { HOME: '' })
    await clt(['changes','list'], { HOME: '/proc/nope' })
    await clt(['jobs','list'], { HOME: '/proc/nope' })
    await clt(['sql','select * from t limit 1'], { HOME: '/proc/nope' })
    await clt(['auth','login','--profile','x'], { HOME: '/proc/nope' })
  }
  if (which==='all'||which==='export') {
    fill(60_000)
    await clt(['import','t','big.csv','--no-journal'])
    await clt(['export','t','--output',join(disk,'out.csv')])
    await clt(['export','t','--output',join(disk,'out.csv.gz')])
    await clt(['export','t','--output',join(disk,'out.xlsx')])
    await clt(['backup','--output',join(disk,'b.zip')])
    await clt(['backup',join(disk,'b.zip')])
    await clt(['sql','select * from t'], state)
    fill(2000_000)
    console.log(readdirSync(disk))
  }
} finally {
  execFileSync('umount',['-l',disk]); rmSync(folder,{recursive:true,force:true}); await emulator.close()
}
