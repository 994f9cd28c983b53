"""What every table is made of: the one metadata, the types of columns, and how a row and its owner are named."""

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Big = BigInteger().with_variant(Integer, "sqlite")
Sealed = LargeBinary


def row_id() -> Column[int]:
    return Column("id", Big, primary_key=True, autoincrement=True)


def of_person(name: str = "person_id", nullable: bool = False) -> Column[int]:
    return Column(name, Big, ForeignKey("people.id", ondelete="CASCADE"), nullable=nullable, index=True)
