"""What we rely on in SpiffWorkflow 3.2.0, name by name: a change in any of it has to be looked at before we take it.

``IMPORTS`` is every name taken from the library, ``ATTRIBUTES`` every attribute used on what is its, ``OVERRIDES``
every method of it that ours replace, ``BODIES`` a fingerprint of every method whose inside we count on. The tests read
the code of the engine and fail on any import or attribute that does not stand here, and on any body that has changed.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from typing import Any

VERSION = "3.2.0"

IMPORTS: dict[str, frozenset[str]] = {
    "SpiffWorkflow.bpmn.script_engine.python_engine": frozenset({"PythonScriptEngine"}),
    "SpiffWorkflow.bpmn.specs.bpmn_process_spec": frozenset({"BpmnProcessSpec"}),
    "SpiffWorkflow.bpmn.specs.control": frozenset({"BoundaryEventJoin", "BoundaryEventSplit", "SimpleBpmnTask"}),
    "SpiffWorkflow.bpmn.specs.defaults": frozenset(
        {
            "BoundaryEvent", "EndEvent", "ExclusiveGateway", "IntermediateCatchEvent",
            "ManualTask", "NoneTask", "ParallelGateway", "UserTask",
        }
    ),
    "SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event": frozenset({"SignalEventDefinition"}),
    "SpiffWorkflow.bpmn.specs.event_definitions.simple": frozenset({"NoneEventDefinition"}),
    "SpiffWorkflow.bpmn.util.event": frozenset({"BpmnEvent"}),
    "SpiffWorkflow.bpmn.workflow": frozenset({"BpmnWorkflow"}),
    "SpiffWorkflow.exceptions": frozenset({"WorkflowException"}),
    "SpiffWorkflow.operators": frozenset({"Operator"}),
    "SpiffWorkflow.specs.base": frozenset({"TaskSpec"}),
    "SpiffWorkflow.task": frozenset({"Task"}),
    "SpiffWorkflow.util.task": frozenset({"TaskState"}),
}  # fmt: skip

ATTRIBUTES = frozenset(
    {
        "COMPLETED", "ERROR", "FINISHED_MASK", "FUTURE", "MAYBE", "READY", "WAITING", "get_name",
        "_inputs", "_predict_hook", "_run_hook", "_state", "_sync_children", "_update", "add_task", "cancel_activity",
        "connect", "connect_if", "event_definition", "event_manager", "id", "manual", "name", "outputs", "parent",
        "run", "send_event", "start", "task_spec", "task_tree", "tasks", "test", "workflow",
    }
)  # fmt: skip

OVERRIDES = frozenset(
    {
        "Token._add_child", "Token._inherit_data", "Token._set_state", "Token.find_ancestor", "Token.is_descendant_of",
        "_Unforeseen._predict_hook", "_Unforeseen._run_hook", "_Unforeseen.test",
        "HostSplit._run_hook", "HostJoin._do_join", "HostJoin._predict_hook", "HostJoin.test",
        "LazyJoin._check_threshold_unstructured", "Choice._run_hook", "Condition.__init__", "Condition._matches",
        "NoScripts.call_service", "NoScripts.evaluate", "NoScripts.execute",
        "Walk.__init__", "Walk.update_waiting_tasks",
    }
)  # fmt: skip


BODIES: dict[str, str] = {
    "SpiffWorkflow.task:Task.__init__": "c2c447ef656c",
    "SpiffWorkflow.task:Task._add_child": "fffcdae1ad77",
    "SpiffWorkflow.task:Task._child_added_notify": "4688a1c9a070",
    "SpiffWorkflow.task:Task._drop_children": "6c8c43cfbe4b",
    "SpiffWorkflow.task:Task._inherit_data": "85cc9f8fd6b5",
    "SpiffWorkflow.task:Task._ready": "350ca9d489c0",
    "SpiffWorkflow.task:Task._set_state": "b9f4ad91b9f2",
    "SpiffWorkflow.task:Task._sync_children": "a32cad6a6844",
    "SpiffWorkflow.task:Task.cancel": "2df4dd1f55f4",
    "SpiffWorkflow.task:Task.children": "d6c7b329b8ef",
    "SpiffWorkflow.task:Task.complete": "6a91f9d034e0",
    "SpiffWorkflow.task:Task.error": "8744b481ecf0",
    "SpiffWorkflow.task:Task.find_ancestor": "f66e7ef7c862",
    "SpiffWorkflow.task:Task.has_state": "12a6e3e48f09",
    "SpiffWorkflow.task:Task.is_descendant_of": "cffa50adaec9",
    "SpiffWorkflow.task:Task.parent": "87d263d2f592",
    "SpiffWorkflow.task:Task.run": "b8e8aa9ed502",
    "SpiffWorkflow.specs.base:TaskSpec.__init__": "dc413d06a6fd",
    "SpiffWorkflow.specs.base:TaskSpec._connect_notify": "33ea802b8fa4",
    "SpiffWorkflow.specs.base:TaskSpec._on_cancel": "768d1b23474e",
    "SpiffWorkflow.specs.base:TaskSpec._on_complete": "aeb2a4540e1c",
    "SpiffWorkflow.specs.base:TaskSpec._on_complete_hook": "4691908cf088",
    "SpiffWorkflow.specs.base:TaskSpec._on_ready": "ffb149cfe47d",
    "SpiffWorkflow.specs.base:TaskSpec._on_ready_hook": "0dc58c49e003",
    "SpiffWorkflow.specs.base:TaskSpec._predict": "def3ed64ac03",
    "SpiffWorkflow.specs.base:TaskSpec._predict_hook": "212efec18d77",
    "SpiffWorkflow.specs.base:TaskSpec._run": "1033fdd71848",
    "SpiffWorkflow.specs.base:TaskSpec._run_hook": "15dc78be23e0",
    "SpiffWorkflow.specs.base:TaskSpec._update": "b0e581c90e50",
    "SpiffWorkflow.specs.base:TaskSpec._update_hook": "561bf551ca84",
    "SpiffWorkflow.specs.base:TaskSpec.connect": "781db0e93bda",
    "SpiffWorkflow.specs.base:TaskSpec.inputs": "b80753ecf99c",
    "SpiffWorkflow.specs.base:TaskSpec.outputs": "062ae8336341",
    "SpiffWorkflow.specs.base:TaskSpec.test": "7bc3accb7694",
    "SpiffWorkflow.bpmn.specs.bpmn_task_spec:BpmnTaskSpec.__init__": "369e335f3c37",
    "SpiffWorkflow.bpmn.specs.bpmn_task_spec:BpmnTaskSpec._on_complete_hook": "7459763ded73",
    "SpiffWorkflow.bpmn.specs.bpmn_task_spec:BpmnTaskSpec._update_hook": "27b8b6ad0917",
    "SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin:BpmnSpecMixin.__init__": "6b162e7b58ff",
    "SpiffWorkflow.bpmn.specs.mixins.user_task:UserTask.__init__": "aa4352e14e17",
    "SpiffWorkflow.bpmn.specs.mixins.manual_task:ManualTask.__init__": "aa4352e14e17",
    "SpiffWorkflow.bpmn.specs.mixins.none_task:NoneTask.__init__": "aa4352e14e17",
    "SpiffWorkflow.specs.MultiChoice:MultiChoice.__init__": "80e00c778d2d",
    "SpiffWorkflow.specs.MultiChoice:MultiChoice.connect_if": "7dcd4ee0fabd",
    "SpiffWorkflow.specs.MultiChoice:MultiChoice.test": "fe84773c9db3",
    "SpiffWorkflow.specs.ExclusiveChoice:ExclusiveChoice.__init__": "af101c730c21",
    "SpiffWorkflow.specs.ExclusiveChoice:ExclusiveChoice._run_hook": "5ef9a7402fdd",
    "SpiffWorkflow.specs.ExclusiveChoice:ExclusiveChoice.connect": "c832921da57e",
    "SpiffWorkflow.bpmn.specs.mixins.exclusive_gateway:ExclusiveGateway.test": "e3feb93f7ea1",
    "SpiffWorkflow.specs.Join:Join.__init__": "87900de1c39c",
    "SpiffWorkflow.specs.Join:Join._do_join": "473b4d581953",
    "SpiffWorkflow.specs.Join:Join._find_tasks": "7472de2dfceb",
    "SpiffWorkflow.specs.Join:Join._update_hook": "1dc40a729b3a",
    "SpiffWorkflow.bpmn.specs.mixins.unstructured_join:UnstructuredJoin._run_hook": "e957f3b55912",
    "SpiffWorkflow.bpmn.specs.mixins.unstructured_join:UnstructuredJoin._update_hook": "216b611a4ffc",
    "SpiffWorkflow.bpmn.specs.mixins.parallel_gateway:ParallelGateway._check_threshold_unstructured": "386e6d0abaf8",
    "SpiffWorkflow.bpmn.specs.control:EventSplit.__init__": "ad7be8f3d7c6",
    "SpiffWorkflow.bpmn.specs.control:EventSplit._predict_hook": "125ec5a831cf",
    "SpiffWorkflow.bpmn.specs.control:EventSplit._run_hook": "609b7d090aa5",
    "SpiffWorkflow.bpmn.specs.control:BoundaryEventSplit.__init__": "90993c54cf84",
    "SpiffWorkflow.bpmn.specs.control:BoundaryEventJoin.__init__": "400accae9b1a",
    "SpiffWorkflow.bpmn.specs.control:BoundaryEventJoin._check_threshold_structured": "80b8488efa8a",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:CatchingEvent.__init__": "ea70e754bcac",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:CatchingEvent._on_cancel": "380bc12eca19",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:CatchingEvent._on_ready_hook": "f6e48e1e188b",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:CatchingEvent._run_hook": "09e4bd98aaef",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:CatchingEvent._update_hook": "7960425493a9",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:CatchingEvent.catch": "cee6a0d7a225",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:CatchingEvent.catches": "3ff8d60feca7",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:ThrowingEvent.__init__": "3ce77131e2ae",
    "SpiffWorkflow.bpmn.specs.mixins.events.event_types:ThrowingEvent._run_hook": "4077ca414b9b",
    "SpiffWorkflow.bpmn.specs.mixins.events.end_event:EndEvent._on_complete_hook": "63edefd0d06b",
    "SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event:BoundaryEvent.__init__": "ba961eab69eb",
    "SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event:BoundaryEvent.catches": "43327f909157",
    "SpiffWorkflow.bpmn.specs.event_definitions.base:EventDefinition.__init__": "228bbfdc61bd",
    "SpiffWorkflow.bpmn.specs.event_definitions.base:EventDefinition.catch": "8bdc7e74182b",
    "SpiffWorkflow.bpmn.specs.event_definitions.base:EventDefinition.catches": "099a605be271",
    "SpiffWorkflow.bpmn.specs.event_definitions.base:EventDefinition.has_fired": "0833a1829586",
    "SpiffWorkflow.bpmn.specs.event_definitions.base:EventDefinition.reset": "23961e46bbb7",
    "SpiffWorkflow.bpmn.specs.event_definitions.base:EventDefinition.update_task": "8e37cd1ec53b",
    "SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event:ItemAwareEventDefinition.catch": "a47d1d73d642",
    "SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event:ItemAwareEventDefinition.reset": "4297f018c25f",
    "SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event:ItemAwareEventDefinition.update_task_data": "91b5c395b22c",  # noqa: E501
    "SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event:SignalEventDefinition.__eq__": "64b3fb2affe2",
    "SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event:SignalEventDefinition.__init__": "8ae20047de20",
    "SpiffWorkflow.bpmn.specs.event_definitions.simple:NoneEventDefinition.throw": "b594d1f22e08",
    "SpiffWorkflow.bpmn.util.event:BpmnEvent.__init__": "38eceef9af74",
    "SpiffWorkflow.bpmn.util.event:EventManager.add_task": "01ac6e4fd287",
    "SpiffWorkflow.bpmn.util.event:EventManager.catch": "96fd90b52f24",
    "SpiffWorkflow.bpmn.util.event:EventManager.remove_task": "0d5b9f93a522",
    "SpiffWorkflow.bpmn.util.event:EventManager.update_collaboration": "19173aa57349",
    "SpiffWorkflow.bpmn.workflow:BpmnWorkflow.__init__": "246a49beca41",
    "SpiffWorkflow.bpmn.workflow:BpmnWorkflow.send_event": "1ed3a256fdbd",
    "SpiffWorkflow.bpmn.util.subworkflow:BpmnBaseWorkflow.__init__": "37d180534108",
    "SpiffWorkflow.workflow:Workflow.__init__": "423454b61f52",
    "SpiffWorkflow.workflow:Workflow._remove_task": "ba31b91bb66b",
    "SpiffWorkflow.workflow:Workflow._task_completed_notify": "1e8c433e4c4d",
    "SpiffWorkflow.workflow:Workflow.update_waiting_tasks": "01668d6e1be7",
    "SpiffWorkflow.bpmn.specs.bpmn_process_spec:BpmnProcessSpec.__init__": "638a580d8907",
    "SpiffWorkflow.specs.WorkflowSpec:WorkflowSpec.__init__": "7d9bfa499984",
    "SpiffWorkflow.specs.WorkflowSpec:WorkflowSpec._add_notify": "af7634391e94",
    "SpiffWorkflow.specs.WorkflowSpec:WorkflowSpec.get_task_spec_from_name": "38d24d2fc8f0",
    "SpiffWorkflow.operators:Operator.__init__": "c44f601bed3b",
    "SpiffWorkflow.operators:Operator._matches": "888a798dc4ac",
    "SpiffWorkflow.bpmn.script_engine.python_engine:PythonScriptEngine.__init__": "352fa01ee0da",
    "SpiffWorkflow.bpmn.script_engine.python_engine:PythonScriptEngine.call_service": "d0ad8629500d",
    "SpiffWorkflow.bpmn.script_engine.python_engine:PythonScriptEngine.evaluate": "dc78c3bffec4",
    "SpiffWorkflow.bpmn.script_engine.python_engine:PythonScriptEngine.execute": "20912cf36285",
    "SpiffWorkflow.util.task:TaskIterator.__init__": "ca602bdd3ad2",
    "SpiffWorkflow.util.task:TaskIterator.__next__": "1b23bc67db01",
    "SpiffWorkflow.util.task:TaskIterator._next": "e6d07855ecec",
    "SpiffWorkflow.util.task:TaskFilter.matches": "8c4bfbd0795d",
    "SpiffWorkflow.bpmn.util.task:BpmnTaskIterator.__init__": "b4aabc482153",
    "SpiffWorkflow.bpmn.util.task:BpmnTaskIterator._next": "42df47309015",
}


def fingerprint(name: str) -> str:
    """Twelve digits over the source of ``module:Class.method``; "missing" where there is none."""
    module, _, dotted = name.partition(":")
    found: Any = importlib.import_module(module)
    for part in dotted.split("."):
        found = vars(found).get(part)
        if found is None:
            return "missing"
    if isinstance(found, property):
        found = found.fget
    source = inspect.getsource(found)
    lines = [line.rstrip() for line in source.splitlines() if line.strip()]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def drift() -> list[str]:
    """The methods whose inside is no longer what we looked at."""
    return [name for name, known in BODIES.items() if fingerprint(name) != known]
