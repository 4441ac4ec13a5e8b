"""The countries of ISO 3166-1: each with its two letters, its three, and names of it in small letters with nothing between them.

The names are English; some are what a country calls itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TABLE: Final = """
ad and andorra principalityofandorra
ae are unitedarabemirates uae emirates
af afg afghanistan islamicrepublicofafghanistan
ag atg antiguaandbarbuda
ai aia anguilla
al alb albania republicofalbania
am arm armenia republicofarmenia
ao ago angola republicofangola
aq ata antarctica
ar arg argentina argentinerepublic
as asm americansamoa
at aut austria republicofaustria osterreich
au aus australia
aw abw aruba
ax ala alandislands
az aze azerbaijan republicofazerbaijan
ba bih bosniaandherzegovina republicofbosniaandherzegovina
bb brb barbados
bd bgd bangladesh peoplesrepublicofbangladesh
be bel belgium kingdomofbelgium belgie belgique
bf bfa burkinafaso
bg bgr bulgaria republicofbulgaria
bh bhr bahrain kingdomofbahrain
bi bdi burundi republicofburundi
bj ben benin republicofbenin
bl blm saintbarthelemy
bm bmu bermuda
bn brn bruneidarussalam brunei
bo bol boliviaplurinationalstateof bolivia plurinationalstateofbolivia
bq bes bonairesinteustatiusandsaba bonaire
br bra brazil federativerepublicofbrazil brasil
bs bhs bahamas commonwealthofthebahamas
bt btn bhutan kingdomofbhutan
bv bvt bouvetisland
bw bwa botswana republicofbotswana
by blr belarus republicofbelarus
bz blz belize
ca can canada
cc cck cocoskeelingislands
cd cod congothedemocraticrepublicofthe democraticrepublicofthecongo drcongo
cf caf centralafricanrepublic
cg cog congo republicofthecongo
ch che switzerland swissconfederation schweiz suisse svizzera
ci civ cotedivoire republicofcotedivoire ivorycoast
ck cok cookislands
cl chl chile republicofchile
cm cmr cameroon republicofcameroon
cn chn china peoplesrepublicofchina
co col colombia republicofcolombia
cr cri costarica republicofcostarica
cu cub cuba republicofcuba
cv cpv caboverde republicofcaboverde capeverde
cw cuw curacao
cx cxr christmasisland
cy cyp cyprus republicofcyprus
cz cze czechia czechrepublic
de deu germany federalrepublicofgermany deutschland
dj dji djibouti republicofdjibouti
dk dnk denmark kingdomofdenmark danmark
dm dma dominica commonwealthofdominica
do dom dominicanrepublic
dz dza algeria peoplesdemocraticrepublicofalgeria
ec ecu ecuador republicofecuador
ee est estonia republicofestonia
eg egy egypt arabrepublicofegypt
eh esh westernsahara
er eri eritrea thestateoferitrea
es esp spain kingdomofspain espana
et eth ethiopia
fi fin finland republicoffinland suomi
fj fji fiji republicoffiji
fk flk falklandislandsmalvinas
fm fsm micronesia
fo fro faroeislands
fr fra france frenchrepublic
ga gab gabon gaboneserepublic
gb gbr unitedkingdom greatbritain uk britain england scotland wales northernireland
gd grd grenada
ge geo georgia
gf guf frenchguiana
gg ggy guernsey
gh gha ghana republicofghana
gi gib gibraltar
gl grl greenland
gm gmb gambia republicofthegambia
gn gin guinea republicofguinea
gp glp guadeloupe
gq gnq equatorialguinea republicofequatorialguinea
gr grc greece hellenicrepublic
gs sgs
gt gtm guatemala republicofguatemala
gu gum guam
gw gnb guineabissau republicofguineabissau
gy guy guyana republicofguyana
hk hkg hongkong
hm hmd heardislandandmcdonaldislands
hn hnd honduras republicofhonduras
hr hrv croatia republicofcroatia
ht hti haiti republicofhaiti
hu hun hungary
id idn indonesia republicofindonesia
ie irl ireland
il isr israel stateofisrael
im imn isleofman
in ind india republicofindia
io iot britishindianoceanterritory
iq irq iraq republicofiraq
ir irn iranislamicrepublicof iran islamicrepublicofiran
is isl iceland republicoficeland
it ita italy italianrepublic italia
je jey jersey
jm jam jamaica
jo jor jordan hashemitekingdomofjordan
jp jpn japan
ke ken kenya republicofkenya
kg kgz kyrgyzstan kyrgyzrepublic
kh khm cambodia kingdomofcambodia
ki kir kiribati republicofkiribati
km com comoros unionofthecomoros
kn kna saintkittsandnevis
kp prk koreademocraticpeoplesrepublicof northkorea democraticpeoplesrepublicofkorea
kr kor korearepublicof southkorea korea
kw kwt kuwait stateofkuwait
ky cym caymanislands
kz kaz kazakhstan republicofkazakhstan
la lao laopeoplesdemocraticrepublic laos
lb lbn lebanon lebaneserepublic
lc lca saintlucia
li lie liechtenstein principalityofliechtenstein
lk lka srilanka
lr lbr liberia republicofliberia
ls lso lesotho kingdomoflesotho
lt ltu lithuania republicoflithuania
lu lux luxembourg grandduchyofluxembourg
lv lva latvia republicoflatvia
ly lby libya
ma mar morocco kingdomofmorocco
mc mco monaco principalityofmonaco
md mda moldovarepublicof moldova republicofmoldova
me mne montenegro
mf maf saintmartinfrenchpart
mg mdg madagascar republicofmadagascar
mh mhl marshallislands republicofthemarshallislands
mk mkd northmacedonia republicofnorthmacedonia macedonia
ml mli mali republicofmali
mm mmr myanmar republicofmyanmar burma
mn mng mongolia
mo mac macao macau
mp mnp northernmarianaislands
mq mtq martinique
mr mrt mauritania islamicrepublicofmauritania
ms msr montserrat
mt mlt malta republicofmalta
mu mus mauritius republicofmauritius
mv mdv maldives republicofmaldives
mw mwi malawi republicofmalawi
mx mex mexico unitedmexicanstates
my mys malaysia
mz moz mozambique republicofmozambique
na nam namibia republicofnamibia
nc ncl newcaledonia
ne ner niger republicoftheniger
nf nfk norfolkisland
ng nga nigeria federalrepublicofnigeria
ni nic nicaragua republicofnicaragua
nl nld netherlands kingdomofthenetherlands holland thenetherlands
no nor norway kingdomofnorway norge
np npl nepal federaldemocraticrepublicofnepal
nr nru nauru republicofnauru
nu niu niue
nz nzl newzealand
om omn oman sultanateofoman
pa pan panama republicofpanama
pe per peru republicofperu
pf pyf frenchpolynesia
pg png papuanewguinea independentstateofpapuanewguinea
ph phl philippines republicofthephilippines
pk pak pakistan islamicrepublicofpakistan
pl pol poland republicofpoland polska
pm spm saintpierreandmiquelon
pn pcn pitcairn
pr pri puertorico
ps pse palestinestateof palestine thestateofpalestine
pt prt portugal portugueserepublic
pw plw palau republicofpalau
py pry paraguay republicofparaguay
qa qat qatar stateofqatar
re reu reunion
ro rou romania
rs srb serbia republicofserbia
ru rus russianfederation russia
rw rwa rwanda rwandeserepublic
sa sau saudiarabia kingdomofsaudiarabia
sb slb solomonislands
sc syc seychelles republicofseychelles
sd sdn sudan republicofthesudan
se swe sweden kingdomofsweden sverige
sg sgp singapore republicofsingapore
sh shn sainthelena
si svn slovenia republicofslovenia
sj sjm svalbardandjanmayen
sk svk slovakia slovakrepublic
sl sle sierraleone republicofsierraleone
sm smr sanmarino republicofsanmarino
sn sen senegal republicofsenegal
so som somalia federalrepublicofsomalia
sr sur suriname republicofsuriname
ss ssd southsudan republicofsouthsudan
st stp saotomeandprincipe
sv slv elsalvador republicofelsalvador
sx sxm sintmaartendutchpart
sy syr syrianarabrepublic syria
sz swz eswatini kingdomofeswatini swaziland
tc tca turksandcaicosislands
td tcd chad republicofchad
tf atf frenchsouthernterritories
tg tgo togo togoleserepublic
th tha thailand kingdomofthailand
tj tjk tajikistan republicoftajikistan
tk tkl tokelau
tl tls timorleste democraticrepublicoftimorleste easttimor
tm tkm turkmenistan
tn tun tunisia republicoftunisia
to ton tonga kingdomoftonga
tr tur turkiye republicofturkiye turkey
tt tto trinidadandtobago republicoftrinidadandtobago
tv tuv tuvalu
tw twn taiwanprovinceofchina taiwan
tz tza tanzaniaunitedrepublicof tanzania unitedrepublicoftanzania
ua ukr ukraine
ug uga uganda republicofuganda
um umi unitedstatesminoroutlyingislands
us usa unitedstates unitedstatesofamerica usa america
uy ury uruguay easternrepublicofuruguay
uz uzb uzbekistan republicofuzbekistan
va vat holyseevaticancitystate vatican vaticancity
vc vct saintvincentandthegrenadines
ve ven venezuelabolivarianrepublicof venezuela bolivarianrepublicofvenezuela
vg vgb virginislandsbritish britishvirginislands
vi vir virginislandsus virginislandsoftheunitedstates usvirginislands
vn vnm vietnam socialistrepublicofvietnam
vu vut vanuatu republicofvanuatu
wf wlf wallisandfutuna
ws wsm samoa independentstateofsamoa
ye yem yemen republicofyemen
yt myt mayotte
za zaf southafrica republicofsouthafrica
zm zmb zambia republicofzambia
zw zwe zimbabwe republicofzimbabwe
"""

COUNTRIES: Final[Mapping[str, str]] = {
    name: code for code, *names in (line.split() for line in _TABLE.split("\n") if line) for name in (code, *names)
}
"""The two letters of a country, by themselves, by its three letters and by its names."""
