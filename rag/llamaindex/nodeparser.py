"""Our passages as a LlamaIndex node parser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llama_index.core.bridge.pydantic import Field
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import BaseNode, Document, MetadataMode, NodeRelationship, TextNode

from rag.library.passages import split_text


class AbstractNodeParser(NodeParser):
    """Documents -> nodes of whole sentences, at most ``passage_tokens`` tokens each.

    A node carries its document's metadata, ``start_char_idx`` and ``end_char_idx`` (code points into the document's
    text, half open), and an id that depends on the document and the place alone, so that a second run gives the same.
    """

    passage_tokens: int = Field(default=512, ge=1, description="Most tokens in one node.")

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises it."""
        return "AbstractNodeParser"

    def _parse_nodes(
        self,
        nodes: Sequence[BaseNode],
        show_progress: bool = False,  # noqa: ARG002 - LlamaIndex's signature
        **_kwargs: Any,
    ) -> list[BaseNode]:
        return [passage for node in nodes for passage in self._split(node)]

    def _split(self, node: BaseNode) -> list[BaseNode]:
        text = node.get_content(metadata_mode=MetadataMode.NONE)
        return [
            TextNode(
                id_=f"{node.node_id}:{start}-{end}",
                text=text[start:end],
                start_char_idx=start,
                end_char_idx=end,
                metadata=dict(node.metadata) if self.include_metadata else {},
                excluded_embed_metadata_keys=list(node.excluded_embed_metadata_keys),
                excluded_llm_metadata_keys=list(node.excluded_llm_metadata_keys),
                relationships={NodeRelationship.SOURCE: node.as_related_node_info()},
            )
            for start, end in split_text(text, self.passage_tokens)
        ]

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Document]) -> list[BaseNode]:
        places = [(n.start_char_idx, n.end_char_idx) for n in nodes if isinstance(n, TextNode)]
        done = super()._postprocess_parsed_nodes(nodes, parent_doc_map)
        # LlamaIndex looks each text up anew and may find an earlier, equal one; ours are known.
        for node, (start, end) in zip(done, places, strict=True):
            if isinstance(node, TextNode):
                node.start_char_idx, node.end_char_idx = start, end
        return done
