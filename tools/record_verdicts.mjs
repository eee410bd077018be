// Answers each line of standard input, a simulation as JSON, with the verdict of the simulator, one a line.
// Run by record_verdicts.py, in the folder into which that installs the simulator.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await runSimulation(JSON.parse(line), {})
  const ignored = answer.result?.ignoredContextKeys ?? []
  if (answer.resultType !== 'single' || ignored.length > 0) {
    console.log(`error ${JSON.stringify(answer.errors ?? ignored)}`)
  } else {
    console.log(answer.overallResult)
  }
}
